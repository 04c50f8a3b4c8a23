/** samsa's command as a person or a script runs it, in a process of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { endWithThisProcess } from '../support/children.ts'
import { samsaCommand } from '../support/samsa.ts'
import type { CaseContext } from '../support/suite.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

const LONGEST_RUN_MS = 40_000

/** Runs it whatever becomes of it. */
export function attempt(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = started(args, options)
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS)
    let [stdout, stderr] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout, stderr })
    })
    child.stdin?.on('error', () => {}).end(options.input ?? '')
  })
}

/** A command that goes on until it is ended. */
export function started(args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcess {
  const child = spawn(process.execPath, [...samsaCommand(), ...args], {
    cwd,
    // The settings of whoever runs the tests are not those of a case.
    env: { ...process.env, SAMSA_CONFIG: undefined, XDG_CONFIG_HOME: '/nowhere', SAMSA_PROFILE: undefined, ...env },
  })
  endWithThisProcess(child)
  return child
}

/** An object of `--json`: a case that misspells a field fails. */
// biome-ignore lint/suspicious/noExplicitAny: as JSON.parse has it
export type Json = any

/** Against the broker of a case. */
export interface Cli {
  /** The standard output; fails the case where the command fails, or says anything on the standard error. */
  run(...words: readonly string[]): Promise<string>
  /** The same with a standard input. */
  feed(input: string | Buffer, ...words: readonly string[]): Promise<string>
  /** The objects of `--json`, which is added. */
  json(...words: readonly string[]): Promise<Json[]>
  /** The sentence with which the command refuses; fails where it does not. */
  refused(...words: readonly string[]): Promise<string>
  /** The address of the broker, as an option. */
  readonly server: readonly string[]
}

export function cliOf({ broker }: CaseContext): Cli {
  const server = ['--bootstrap-server', broker.bootstrapServers]
  const feed: Cli['feed'] = async (input, ...words) => {
    const { code, stdout, stderr } = await attempt([...words, ...server], { input })
    assert.equal(code, 0, `samsa ${words.join(' ')}: ${stdout}${stderr}`)
    assert.equal(stderr, '', `samsa ${words.join(' ')}`)
    return stdout
  }
  return {
    server,
    feed,
    run: (...words) => feed('', ...words),
    json: async (...words) => objectsIn(await feed('', ...words, '--json')),
    async refused(...words) {
      const { code, stdout, stderr } = await attempt([...words, ...server])
      assert.equal(code, 1, `samsa ${words.join(' ')}: ${stdout}${stderr}`)
      assert.match(stderr, /^samsa: [^\n]*\.\n$/, `samsa ${words.join(' ')}`)
      return stderr.slice('samsa: '.length).trimEnd()
    },
  }
}

export const objectsIn = (text: string): Json[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/**
 * A table as it is printed, with its words in place of what differs from run to run: equal texts are equal tables, on samsa and
 * on Apache Kafka alike. Blanks at the ends of columns are one.
 */
export function shape(text: string, ...replaced: readonly (readonly [string | RegExp, string])[]): string {
  let shaped = text
  for (const [what, by] of replaced) shaped = shaped.replaceAll(what, by)
  return shaped
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, '  '))
    .join('\n')
    .trim()
}

/** The literal of a case, as `shape` leaves tables. */
export const table = (...lines: readonly string[]): string => lines.join('\n')
