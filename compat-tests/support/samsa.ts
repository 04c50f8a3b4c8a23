import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshBuild } from '../../scripts/support/fresh-build.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import type { NodeLine } from '../../scripts/toolchain/node.ts'
import { node } from '../../scripts/toolchain/node.ts'
import { definedEnvironment } from './apache.ts'
import { type BrokerListeners, type BrokerOptions, BrokerProcess, brokerHome, brokerListeners } from './broker.ts'

export interface SamsaOptions extends BrokerOptions {
  /** Node to run it on; this process's own when absent. */
  nodeLine?: NodeLine
  /** The command of another build; see `samsaCommand` when absent. */
  bin?: string
  /** The one-file executable (`make binary`), which needs neither. */
  executable?: string
  /** Variables beside those of this process. */
  env?: Readonly<Record<string, string>>
}

const sourceBin = join(repositoryRoot, 'src/cli/main.ts')

/**
 * samsa as a user starts it: the packed command where it was built from these sources, else the sources through tsx.
 * SAMSA_BIN names another one, such as the command of an installed package.
 */
export async function samsaBroker(options: SamsaOptions = {}): Promise<BrokerProcess> {
  const { text, ...listeners } = await brokerListeners(options)
  // As the reference has it; left to itself samsa says `localhost` on loopback.
  return nodeFrom(listeners, options, { listeners: text, 'advertised.listeners': text })
}

/** A node of a cluster, not yet started: whatever `properties` make of it, at that port. */
export async function samsaNode(port: number, properties: Record<string, string>): Promise<BrokerProcess> {
  return nodeFrom({ port, ports: {} }, { properties }, {})
}

async function nodeFrom(
  { port, ports }: Pick<BrokerListeners, 'port' | 'ports'>,
  options: SamsaOptions,
  basics: Record<string, string>,
): Promise<BrokerProcess> {
  const { home, dataDirectory, logDirs } = await brokerHome('samsa', options)
  const properties = { ...basics, 'log.dirs': logDirs, ...options.properties }
  const release = options.releaseVersion === undefined ? [] : ['--release-version', options.releaseVersion]
  const settings = Object.entries(properties).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const { executable } = options
  return new BrokerProcess({
    product: 'samsa',
    version: samsaVersion(),
    program: executable ?? (await nodePath(options.nodeLine)),
    args: [...(executable === undefined ? samsaCommand(options.bin) : []), ...settings, ...release],
    env: { ...withoutKafkaVariables(), ...options.env },
    port,
    listenerPorts: ports,
    home,
    dataDirectory,
    companions: options.companions,
  })
}

export function samsaCommand(bin = process.env.SAMSA_BIN): string[] {
  const chosen = bin ?? freshBuild() ?? sourceBin
  return chosen.endsWith('.ts') ? [`--import=${import.meta.resolve('tsx')}`, chosen] : [chosen]
}

export function samsaVersion(): string {
  return JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')).version
}

async function nodePath(line: NodeLine | undefined): Promise<string> {
  if (line === undefined) return process.execPath
  const lookup = await node(line)
  if (!lookup.ok) throw new Error(lookup.reason)
  return lookup.tool.path
}

/** KAFKA_* variables configure samsa; those of the person who runs the tests must not. */
function withoutKafkaVariables(): Record<string, string> {
  return Object.fromEntries(Object.entries(definedEnvironment()).filter(([name]) => !name.startsWith('KAFKA_')))
}
