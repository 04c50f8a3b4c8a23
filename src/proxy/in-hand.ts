/** A proxy as a test has it in its hand: what `startProxy` resolves to. */
import type { ApiName } from '../../protocol/api-types.ts'
import { parseBootstrapServers } from '../client/addresses.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { silentLogger } from '../env/silent-logger.ts'
import type { Faults } from '../testing/faults/faults.ts'
import { checkFields, OBJECT, TEXT, type WantedFields, wholeFrom } from '../testing/misuse.ts'
import type { WitnessedRequest } from '../testing/witness.ts'
import { KafkaProxy } from './proxy.ts'

export interface StartProxyOptions {
  /** Brokers of the cluster: `host:port`, separated by commas. */
  upstream: string
  /** On loopback; 0 (the default) takes any free one. */
  port?: number
  /** Silent by default. */
  logger?: Logger
}

export interface RunningProxy extends AsyncDisposable {
  /** `host:port`, as clients take it. */
  readonly bootstrapServers: string
  /** Makes requests and the network fail as a test wants them to. A proxy has no disk. */
  readonly faults: Faults
  /** The last requests with their answers and times, oldest first. */
  requests<Api extends ApiName>(which?: { readonly api?: Api; readonly clientId?: string }): WitnessedRequest<Api>[]
  /** Each request when it has been answered, from now on. */
  watch(): AsyncGenerator<WitnessedRequest>
  stop(): Promise<void>
}

const OPTIONS: WantedFields = { upstream: TEXT, port: wholeFrom(0), logger: OBJECT }

/** Rejects with one clear sentence: an address that is none, a port that is not free. */
export async function startProxyInHand(options: StartProxyOptions, environment: Environment): Promise<RunningProxy> {
  checkFields('What `startProxy` is given', options, OPTIONS)
  if (options.upstream === undefined) {
    throw new TypeError('A proxy stands before a cluster: name its brokers by `upstream`, as in kafka:9092.')
  }
  const { upstream, port = 0, logger = silentLogger() } = options
  const listen = { host: 'localhost', port }
  const proxy = new KafkaProxy({
    environment,
    logger,
    upstream: parseBootstrapServers(upstream),
    listen,
    remembers: true,
  })
  await proxy.start()
  const stop = () => proxy.stop()
  return {
    bootstrapServers: proxy.bootstrapServers,
    faults: proxy.faults,
    requests: (which) => proxy.witness.requests(which),
    watch: () => proxy.witness.watch(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
