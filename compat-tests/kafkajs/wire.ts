import { createRequire } from 'node:module'
import type { CaseContext } from '../support/suite.ts'

/** The part that kafkajs keeps to itself: its connection to one broker, which sends one request and reads one answer. */
interface KafkaJsBroker {
  versions: Record<number, { minVersion: number; maxVersion: number }>
  connect(): Promise<void>
  disconnect(): Promise<void>
  [request: string]: unknown
}

interface Internals {
  Broker: new (options: object) => KafkaJsBroker
  ConnectionPool: new (options: object) => object
  socketFactory: () => unknown
  loggers: { createLogger(options: object): object; LEVELS: { NOTHING: number } }
  apiKeys: Record<string, number>
  requests: { requests: Record<string, { versions: string[] }> }
}

const require = createRequire(import.meta.url)
const internals: Internals = {
  Broker: require('kafkajs/src/broker'),
  ConnectionPool: require('kafkajs/src/network/connectionPool'),
  socketFactory: require('kafkajs/src/network/socketFactory'),
  loggers: require('kafkajs/src/loggers'),
  apiKeys: require('kafkajs/src/protocol/requests/apiKeys'),
  requests: require('kafkajs/src/protocol/requests'),
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Requests as kafkajs encodes them, one at a time and without its retries, in any version that both sides speak. */
export class Wire {
  readonly #broker: KafkaJsBroker
  /** As the broker named them, whatever this connection is limited to. */
  readonly #offered: KafkaJsBroker['versions']

  private constructor(broker: KafkaJsBroker) {
    this.#broker = broker
    this.#offered = { ...broker.versions }
  }

  /** To the case's broker, or to another one of its cluster. */
  static async connect(context: CaseContext, { host, port }: Address = context.broker): Promise<Wire> {
    const { createLogger, LEVELS } = internals.loggers
    const logger = createLogger({ level: LEVELS.NOTHING, logCreator: () => () => undefined })
    const connectionPool = new internals.ConnectionPool({
      socketFactory: internals.socketFactory(),
      clientId: context.unique('wire'),
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      logger,
      host,
      port,
    })
    const broker = new internals.Broker({ connectionPool, logger })
    context.after(() => broker.disconnect())
    await broker.connect()
    return new Wire(broker)
  }

  /** The versions of an API that kafkajs and the broker have in common, oldest first. */
  versions(api: string): number[] {
    const range = this.#range(api)
    const known = internals.requests.requests[api].versions.map(Number).sort((a, b) => a - b)
    return known.filter((version) => version >= range.minVersion && version <= range.maxVersion)
  }

  /** From here on the newest common version of the API that is not above this one, or the oldest that there is. */
  limit(api: string, version: number): void {
    const common = this.versions(api)
    const maxVersion = common.findLast((one) => one <= version) ?? common[0]
    this.#broker.versions[internals.apiKeys[api]] = { ...this.#range(api), maxVersion }
  }

  /** The decoded answer; an error code in it rejects, with its name as `type`. */
  async call<T>(request: string, argument?: unknown): Promise<T> {
    const send = this.#broker[request] as (argument?: unknown) => Promise<T>
    return send.call(this.#broker, argument)
  }

  /** Runs the work once for every version of the API that both sides speak, over a connection of its own. */
  static async inEveryVersion(
    context: CaseContext,
    api: string,
    work: (wire: Wire, version: number) => Promise<void>,
  ): Promise<void> {
    for (const version of (await Wire.connect(context)).versions(api)) {
      const wire = await Wire.connect(context)
      wire.limit(api, version)
      try {
        await work(wire, version)
      } catch (error) {
        throw new Error(`${api} version ${version}: ${(error as Error).message}`, { cause: error })
      }
    }
  }

  #range(api: string): { minVersion: number; maxVersion: number } {
    const range = this.#offered[internals.apiKeys[api]]
    if (range === undefined) throw new Error(`the broker does not name ${api}`)
    return range
  }
}

/** A check for assert.rejects: an error of one of these names in Kafka's table, however deep kafkajs wrapped it. */
export function errorNamed(...expected: string[]): (error: unknown) => boolean {
  return (error) => {
    const names = namesIn(error as Failure)
    if (names.some((name) => expected.includes(name))) return true
    throw new Error(`expected ${expected.join(' or ')}, got ${names.join(', ') || (error as Error).message}`)
  }
}

interface Failure {
  type?: string
  cause?: Failure
  error?: Failure
  errors?: Failure[]
  partitions?: Failure[]
  groups?: Failure[]
}

function namesIn(failure: Failure | undefined): string[] {
  if (failure === undefined) return []
  const inside = [failure.cause, failure.error, ...(failure.errors ?? []), ...(failure.partitions ?? [])]
  const names = [...inside, ...(failure.groups ?? [])].flatMap(namesIn)
  return failure.type === undefined ? names : [failure.type, ...names]
}
