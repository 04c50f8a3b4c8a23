/**
 * samsa in a program: a whole broker in this process, for tests and tools.
 *
 *     await using broker = await startBroker({ port: 0 })
 *     new Kafka({ brokers: [broker.bootstrapServers] })
 */

import { createBroker } from './broker.ts'
import { BrokerConfig } from './config/index.ts'
import type { Logger } from './env/logger.ts'
import { nodeEnvironment } from './env/node/index.ts'
import { makeTemporaryDirectory } from './env/node/temporary-directory.ts'
import { silentLogger } from './env/silent-logger.ts'

export { ConfigError } from './config/index.ts'

export interface StartBrokerOptions {
  /** On loopback; 0 (the default) takes any free one. Ignored when `config` has `listeners`. */
  port?: number
  /** A directory for the data, kept when the broker stops. Without it: a temporary one, removed with the broker. */
  data?: string
  /** Topics to create where they do not exist yet: `name`, or `name:partitions[:replicas][:key=value]…`. */
  topics?: readonly string[]
  /** Kafka's broker configuration keys. The process's environment is never looked at. */
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
  const environment = nodeEnvironment()
  const temporary = options.data === undefined
  const data = options.data ?? (await makeTemporaryDirectory(environment))
  const config = new BrokerConfig({
    listeners: `PLAINTEXT://localhost:${options.port ?? 0}`,
    'log.dirs': data,
    'samsa.create.topics': (options.topics ?? []).join('\n'),
    ...Object.fromEntries(Object.entries(options.config ?? {}).map(([key, value]) => [key, String(value)])),
  })
  const broker = createBroker({ config, environment, logger: options.logger ?? silentLogger() })
  await broker.start()

  let stopped: Promise<void> | null = null
  const stop = (): Promise<void> => {
    stopped ??= broker.stop().then(async () => {
      await environment.compute.stop()
      if (temporary) await environment.files.removeTree(data)
    })
    return stopped
  }
  const { host, port } = broker.addresses[0]
  return { bootstrapServers: `${host}:${port}`, port, data, stop, [Symbol.asyncDispose]: stop }
}
