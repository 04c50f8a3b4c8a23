/**
 * The unit tests once more on Node 24, whose zlib, streams and garbage collector are others: every test file by itself,
 * two at a time. The last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { node } from './toolchain/node.ts'

const PARALLEL = 2
/** Seconds after which a test has hung, as .taprc has it for the runner. */
const TAP_TIMEOUT = '300'

interface Outcome {
  file: string
  passed: number
  failed: number
  output: string
}

function runFile(program: string, file: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, TAP_TIMEOUT }
    const child = spawn(program, ['--import=tsx', file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('close', (code) => {
      const output = Buffer.concat(chunks).toString()
      const summary = /^# \{ total: \d+(.*?)\}/ms.exec(output)?.[1] ?? ''
      const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
      const failed = count('fail')
      resolve({ file, passed: count('pass'), failed: failed === 0 && code !== 0 ? 1 : failed, output })
    })
  })
}

const found = await node(24)
if (!found.ok) {
  console.log(`skipped: Node 24: ${found.reason}`)
  console.log('0 passed, 0 failed, 1 skipped')
  process.exit(0)
}
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .sort()
let next = 0
let passed = 0
let failed = 0
const worker = async () => {
  while (next < files.length) {
    const outcome = await runFile(found.tool.path, files[next++])
    passed += outcome.passed
    failed += outcome.failed
    if (outcome.failed > 0) console.log(`${outcome.file}\n${outcome.output}`)
  }
}
await Promise.all(Array.from({ length: PARALLEL }, worker))
console.log(`Node ${found.tool.version}: ${files.length} files`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
