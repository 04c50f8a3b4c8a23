import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Tool } from '../../scripts/toolchain/lookup.ts'

export interface KcatResult {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** kcat while it runs. */
export interface RunningKcat {
  child: ChildProcessWithoutNullStreams
  /** The output of kcat so far. */
  result: KcatResult
  ended: Promise<KcatResult>
}

/** Starts kcat, with its standard input open. */
export function startKcat(tool: Tool, args: readonly string[]): RunningKcat {
  const child = spawn(tool.path, args, { env: { ...process.env, ...tool.env } })
  const result: KcatResult = { exitCode: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (result.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (result.stderr += text))
  child.stdin.on('error', () => {
    // kcat ended before it read everything; its exit code tells.
  })
  const ended = new Promise<KcatResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => {
      result.exitCode = exitCode
      resolve(result)
    })
  })
  return { child, result, ended }
}

/** Runs kcat to its end with the text as its standard input. */
export function runKcat(tool: Tool, args: readonly string[], input = ''): Promise<KcatResult> {
  const { child, ended } = startKcat(tool, args)
  child.stdin.end(input)
  return ended
}
