import { spawn } from 'node:child_process'
import type { Tool } from '../../scripts/toolchain/lookup.ts'

export interface KcatResult {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Runs kcat to its end with the text as its standard input. */
export function runKcat(tool: Tool, args: readonly string[], input = ''): Promise<KcatResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool.path, args, { env: { ...process.env, ...tool.env } })
    const result: KcatResult = { exitCode: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => (result.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (result.stderr += text))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ ...result, exitCode }))
    child.stdin.on('error', () => {
      // kcat ended before it read everything; its exit code tells.
    })
    child.stdin.end(input)
  })
}
