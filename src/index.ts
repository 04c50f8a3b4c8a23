/**
 * samsa in a program: a whole broker in this process, for tests and tools.
 *
 *     await using broker = await startBroker({ port: 0 })
 *     new Kafka({ brokers: [broker.bootstrapServers] })
 */

import { first } from '../protocol/elements.ts'
import { type Broker, createBroker } from './broker.ts'
import { bootstrapServer, formatTopicsToCreate, loadConfig } from './config/index.ts'
import type { Logger } from './env/logger.ts'
import { nodeEnvironment } from './env/node/index.ts'
import { makeTemporaryDirectory } from './env/node/temporary-directory.ts'
import { silentLogger } from './env/silent-logger.ts'

export { ConfigError } from './config/index.ts'
export type { Logger } from './env/logger.ts'

export interface StartBrokerOptions {
  /** On loopback; 0 (the default) takes any free one. Ignored when `config` has `listeners`. */
  port?: number
  /** A directory for the data, kept when the broker stops. Without it: a temporary one, removed with the broker. */
  data?: string
  /** Topics to create where they do not exist yet: `name`, or `name:partitions[:replicas][:key=value]…`. */
  topics?: readonly string[]
  /** Kafka's broker configuration keys, over the options above. The process's environment is never looked at. */
  config?: Readonly<Record<string, string | number | boolean>>
  /** Silent by default. */
  logger?: Logger
}

export interface RunningBroker extends AsyncDisposable {
  /** `host:port` of the first listener, as clients take it. */
  readonly bootstrapServers: string
  readonly port: number
  /** The directory that holds the data. */
  readonly data: string
  /** Answers what is in flight and stops; temporary data is removed. A second call waits for the first. */
  stop(): Promise<void>
}

/**
 * Starts a broker and resolves when it answers. Rejects with one clear sentence: a `ConfigError` for a bad
 * configuration, or what is wrong with the port or the data directory.
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  const { port = 0, topics = [], logger = silentLogger() } = options
  const environment = nodeEnvironment()
  const temporary = options.data === undefined ? await makeTemporaryDirectory(environment) : null
  const data = options.data ?? temporary!
  let broker: Broker | null = null
  const end = async () => {
    await broker?.stop()
    await environment.compute.stop()
    if (temporary !== null) await environment.files.removeTree(temporary)
  }
  try {
    const given = new Map([
      ['listeners', `PLAINTEXT://localhost:${port}`],
      ['log.dirs', data],
      ['samsa.create.topics', formatTopicsToCreate(topics)],
      ...Object.entries(options.config ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
    ])
    const { config, warnings } = loadConfig({ given })
    for (const warning of warnings) logger.warn(warning)
    broker = createBroker({ config, environment, logger })
    await broker.start()
  } catch (error) {
    await end()
    throw error
  }
  let stopped: Promise<void> | null = null
  const stop = (): Promise<void> => {
    stopped ??= end()
    return stopped
  }
  const listener = first(broker.addresses)
  return {
    bootstrapServers: bootstrapServer(listener),
    port: listener.port,
    data,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
