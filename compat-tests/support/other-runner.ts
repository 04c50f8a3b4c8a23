/** Tests that another runner runs: JUnit's, Go's, pytest, a test framework of JavaScript. */
import { execFile } from 'node:child_process'
import { definedEnvironment } from './apache.ts'

export interface TestCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** The words of a run in which tests have passed; a run of none is none. */
  readonly passed: RegExp
}

export const LONGEST_RUN_MS = 300_000
/** The end of the output is where runners say what failed. */
const LINES = 14

/** Rejects with the runner's own words. `env` is added to that of the command. */
export function runTests(command: TestCommand, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { program, args, cwd, passed } = command
  const all = { ...definedEnvironment(), ...command.env, ...env }
  const options = { cwd, env: all, timeout: LONGEST_RUN_MS, maxBuffer: 2 ** 26 }
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      const words = `${stdout}\n${stderr}`
      if (error === null && passed.test(words)) resolve()
      else reject(new Error(words.trim().split('\n').slice(-LINES).join('\n') || String(error)))
    })
    child.stdin?.end()
  })
}

/** The variables by which tests in other languages find a broker in the hand. */
export const handAt = (bootstrapServers: string, controlUrl: string): Record<string, string> => ({
  SAMSA_BOOTSTRAP: bootstrapServers,
  SAMSA_CONTROL: controlUrl,
})
