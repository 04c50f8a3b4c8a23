import { loadConfig } from '../config/index.ts'
import type { Environment } from '../env/index.ts'
import { MemoryDisk } from '../env/memory/index.ts'
import { silentLogger } from '../env/silent-logger.ts'
import { BrokerInHand, type ServeControl } from './broker-in-hand.ts'
import { MEMORY_DIRECTORY, readImage } from './image.ts'
import { checkOptions, directoriesOf, propertiesOf, type StartBrokerOptions } from './options.ts'
import type { RunningBroker } from './running-broker.ts'
import { makeCertificates } from './throw-away-tls.ts'

/**
 * Starts a broker and resolves when it answers. Rejects with one clear sentence: a `ConfigError` for a bad
 * configuration, or what is wrong with the port or the data directory.
 *
 * @internal
 */
export async function startInHand(
  options: StartBrokerOptions,
  machine: Environment,
  serveControl: ServeControl,
): Promise<RunningBroker> {
  checkOptions(options)
  const { from, data } = options
  const onDisk = directoriesOf(options)
  if (onDisk !== null && from !== undefined) {
    const given = data === undefined ? `log.dirs=${onDisk}` : '`data`'
    throw new Error(
      `${given} and \`from\` were both given: \`from\` begins in memory with a copy, ${given} works on the directory itself.`,
    )
  }
  const disk = onDisk === null ? new MemoryDisk(() => machine.clock.nowMs()) : null
  if (disk !== null && from !== undefined) await readImage(machine.files, from, disk)
  const certificates = options.tls === true ? await makeCertificates(machine) : null
  const { logger = silentLogger() } = options
  const configOf = (given: StartBrokerOptions) => {
    const properties = [...(certificates?.properties ?? []), ...propertiesOf(given, onDisk ?? MEMORY_DIRECTORY)]
    return loadConfig({ given: new Map(properties) })
  }
  const { config, warnings } = configOf(options)
  for (const warning of warnings) logger.warn(warning)
  const configOfFork = () => configOf(onFreePort(options)).config
  const { clock } = options
  const broker = new BrokerInHand({
    configOf: () => config,
    configOfFork,
    machine,
    disk,
    directories: onDisk,
    clock,
    certificates,
    logger,
    serveControl,
  })
  await broker.start()
  return broker
}

/** Keys with ports that no two brokers can have. */
const PORT_KEYS = ['listeners', 'samsa.http.listeners', 'samsa.schema.registry.listeners', 'samsa.control.listener']

function onFreePort(options: StartBrokerOptions): StartBrokerOptions {
  const config = { ...options.config }
  for (const key of PORT_KEYS) if (config[key] !== undefined) config[key] = withFreePorts(String(config[key]))
  return { ...options, port: 0, control: Boolean(options.control), config }
}

/** Addresses, separated by commas, on any free port. */
export const withFreePorts = (addresses: string): string => addresses.replaceAll(/:\d+(?=\s*(?:,|$))/g, ':0')
