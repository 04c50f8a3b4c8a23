/**
 * Sessions of real clients, one step after another: open with some security, send a record, read it back, close. The
 * outcome of a step is one of a few words, the same for all clients and both brokers.
 */
import assert from 'node:assert/strict'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Tool } from '../../scripts/toolchain/lookup.ts'
import { endWithThisProcess } from '../support/children.ts'

export type Outcome = 'ok' | 'authentication' | 'authorization' | 'tls' | 'closed' | 'other'

export interface Answer {
  outcome: Outcome
  /** The client's own words. */
  detail: string
}

export type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

/** How a client comes in. Certificates are names of files of PEM. */
export interface Access {
  address: string
  protocol: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** The authority that the client trusts. */
  ca?: string
  /** A file with the client's key and its certificates. */
  identity?: string
  mechanism?: Mechanism
  username?: string
  password?: string
  /** The name and the password are those of a delegation token. */
  tokenAuth?: boolean
  /** For OAUTHBEARER. */
  token?: string
  /** A file with the token, for a client that takes it from there; without one it makes an unsecured token of the name. */
  tokenFile?: string
}

export interface SecurityClient {
  readonly name: string
  /** It can log in with a delegation token. */
  readonly hasDelegationTokens: boolean
  /** Opens a session in place of an earlier one; `topic` is what its first request is about. */
  open(access: Access, topic: string): Promise<Answer>
  send(topic: string, value: string): Promise<Answer>
  /** Reads the topic from its beginning, or on from where it was, to the record with this value. */
  read(topic: string, value: string): Promise<Answer>
  close(): Promise<void>
  /** Ends the program of the client. */
  stop(): Promise<void>
}

export function expectOutcome(answer: Answer, expected: Outcome | readonly Outcome[], what: string): void {
  const possible: readonly Outcome[] = typeof expected === 'string' ? [expected] : expected
  assert.ok(possible.includes(answer.outcome), `${what}: ${answer.outcome} in place of ${possible}: ${answer.detail}`)
}

let counter = 0

/** Opens, sends, reads and closes; the first step that does not succeed is the outcome. */
export async function attempt(client: SecurityClient, access: Access, topic: string): Promise<Answer> {
  const value = `${client.name}-${process.pid}-${++counter}`
  try {
    let answer = await client.open(access, topic)
    if (answer.outcome === 'ok') answer = await client.send(topic, value)
    if (answer.outcome === 'ok') answer = await client.read(topic, value)
    return answer
  } finally {
    await client.close()
  }
}

type Request = { op: 'open' | 'send' | 'read' | 'close' } & Readonly<Record<string, unknown>>

/** The longest that a step may take: clients give up before. */
const STEP_LIMIT_MS = 50_000

/** A program that is told one step a line, and answers each with a line. It is started for the first step. */
export class AttemptProgram implements SecurityClient {
  readonly name: string
  readonly hasDelegationTokens: boolean
  readonly #program: () => Promise<Tool & { args: readonly string[] }>
  readonly #openBody: (access: Access) => object
  #child: ChildProcessWithoutNullStreams | null = null
  #waiting: ((answer: Answer) => void) | null = null
  #errors = ''

  constructor(options: {
    name: string
    hasDelegationTokens?: boolean
    program: () => Promise<Tool & { args: readonly string[] }>
    openBody?: (access: Access) => object
  }) {
    this.name = options.name
    this.hasDelegationTokens = options.hasDelegationTokens ?? false
    this.#program = options.program
    this.#openBody = options.openBody ?? ((access) => access)
  }

  open = (access: Access, topic: string): Promise<Answer> =>
    this.#tell({ op: 'open', topic, ...this.#openBody(access) })

  send = (topic: string, value: string): Promise<Answer> => this.#tell({ op: 'send', topic, value })

  read = (topic: string, value: string): Promise<Answer> => this.#tell({ op: 'read', topic, value })

  async close(): Promise<void> {
    if (this.#child !== null) await this.#tell({ op: 'close' })
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGKILL')
  }

  async #tell(request: Request): Promise<Answer> {
    const child = this.#child ?? (await this.#started())
    const answer = new Promise<Answer>((resolve) => {
      this.#waiting = resolve
    })
    child.stdin.write(`${JSON.stringify(request)}\n`)
    const timer = setTimeout(() => child.kill('SIGKILL'), STEP_LIMIT_MS)
    return answer.finally(() => clearTimeout(timer))
  }

  async #started(): Promise<ChildProcessWithoutNullStreams> {
    const { path, args, env } = await this.#program()
    const child = spawn(path, args, { env: { ...process.env, ...env } })
    endWithThisProcess(child)
    this.#child = child
    this.#errors = ''
    child.stdin.on('error', () => {
      // The program ended before it read the line; its end is what counts.
    })
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors = (this.#errors + text).slice(-2_000)))
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting?.(JSON.parse(line)))
    child.on('close', () => {
      this.#child = null
      this.#waiting?.({ outcome: 'other', detail: `the program of ${this.name} ended: ${this.#errors}` })
    })
    return child
  }
}
