/**
 * The one-file executable, built and used as somebody without Node would: with an empty home, again, and where nothing may
 * be written. The last line is `N passed, N failed`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildOrSkip } from './support/build-or-skip.ts'
import { serveEveryCodec } from './support/serve-client.ts'

const root = join(import.meta.dirname, '..')
const binary = join(root, 'out/samsa-linux-x64')
const scratch = mkdtempSync(join(tmpdir(), 'samsa-binary-'))
const home = join(scratch, 'home')
const unpacked = join(home, '.cache/samsa')
const ARGS = ['--port', '0', '--ephemeral']

/** No variable and no program of this machine. */
const serve = (env: Record<string, string>) =>
  serveEveryCodec(binary, ARGS, { cwd: scratch, env: { ...env, TMPDIR: scratch } })

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`${what}: not as expected`)
}

const cases: Record<string, () => unknown> = {
  'it is built': () => buildOrSkip(['scripts/build.ts'], ['scripts/delivery/binary.ts']),
  'the first start unpacks it, and serves a client in every codec': async () => {
    mkdirSync(home)
    await serve({ HOME: home })
    expect(readdirSync(unpacked).length === 1, 'one folder in the cache')
  },
  'a later start takes what is there': async () => {
    await serve({ HOME: home })
    expect(readdirSync(unpacked).length === 1, 'one folder in the cache')
  },
  'where there is no home, it leaves nothing behind': async () => {
    writeFileSync(join(scratch, 'file'), '')
    await serve({ HOME: join(scratch, 'file') })
    expect(readdirSync(scratch).sort().join() === 'file,home', 'no folder is left')
  },
  'it knows its words': () => {
    const help = execFileSync(binary, ['--help'], { env: { HOME: home }, encoding: 'utf8' })
    expect(/--ephemeral/.test(help), 'the options')
  },
}

let passed = 0
let failed = 0
try {
  for (const [name, check] of Object.entries(cases)) {
    try {
      await check()
      passed++
      console.log(`ok   ${name}`)
    } catch (error) {
      failed++
      console.log(`FAIL ${name}\n${(error as Error).message}`)
      break
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
