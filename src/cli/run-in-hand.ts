/** `samsa --control`: the broker of the command line as a test has it in its hand. */
import { type BrokerConfig, type ConfigSources, loadConfig } from '../config/index.ts'
import { serveControl } from '../control/serve.ts'
import { MemoryDisk } from '../env/memory/index.ts'
import { BrokerInHand, type Making } from '../testing/broker-in-hand.ts'
import { withFreePorts } from '../testing/start-in-hand.ts'

type Given = Pick<Making, 'machine' | 'logger' | 'onFatal' | 'onProgress' | 'hasDefaultHttp' | 'clock'>

export interface InHandOptions extends Given {
  readonly config: BrokerConfig
  readonly isInMemory: boolean
  /** From which `config` came. */
  readonly sources: ConfigSources
}

/** A broker that is not started yet. */
export function brokerInHand({ isInMemory, sources, config, ...given }: InHandOptions): BrokerInHand {
  const { machine } = given
  return new BrokerInHand({
    ...given,
    configOf: () => loadConfig(sources).config,
    configOfFork: () =>
      loadConfig({ ...sources, given: new Map([...(sources.given ?? []), ...onFreePorts(config)]) }).config,
    disk: isInMemory ? new MemoryDisk(() => machine.clock.nowMs()) : null,
    directories: isInMemory ? null : config.logDirs.join(','),
    certificates: null,
    serveControl,
  })
}

const onFreePorts = (config: BrokerConfig): [string, string][] => [
  ['listeners', withFreePorts(config.get('listeners').join(','))],
  // A fork names itself by the address at which a client came to it.
  ['advertised.listeners', 'auto'],
  ['samsa.http.listeners', ''],
  ['samsa.schema.registry.listeners', ''],
  ['samsa.control.listener', '127.0.0.1:0'],
]
