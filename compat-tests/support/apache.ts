import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { apacheKafka, previousApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import type { Lookup } from '../../scripts/toolchain/lookup.ts'
import { capture } from '../../scripts/toolchain/lookup.ts'
import {
  type BrokerListeners,
  type BrokerOptions,
  BrokerProcess,
  brokerHome,
  brokerListeners,
  freePorts,
} from './broker.ts'

export interface ApacheOptions extends BrokerOptions {
  /** A directory of compiled classes that the broker finds before its own. */
  classes?: string
  /** The size of the heap as `-Xmx` has it; as much as kafka-server-start.sh gives when absent. */
  heap?: string
}

/** As much heap as kafka-server-start.sh gives. */
const USUAL_HEAP = '1g'

const brokerLogging = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`

/** Apache Kafka as a single KRaft node, not yet started; fresh data is formatted. */
export async function apacheBroker(options: ApacheOptions = {}): Promise<BrokerProcess> {
  return brokerFrom(await apacheKafka(), options)
}

/** The same of the release before. */
export async function previousApacheBroker(options: BrokerOptions = {}): Promise<BrokerProcess> {
  return brokerFrom(await previousApacheKafka(), options)
}

async function brokerFrom(lookup: Lookup<ApacheKafka>, options: ApacheOptions): Promise<BrokerProcess> {
  if (!lookup.ok) throw new Error(lookup.reason)
  const listeners = await brokerListeners(options)
  const [controllerPort] = await freePorts(1)
  return nodeFrom(lookup.tool, listeners, options, (logDirs) => singleNode(listeners, controllerPort, logDirs))
}

/** A node of a cluster of Apache Kafka, not yet started: whatever `properties` make of it, at that port. */
export async function apacheNode(
  port: number,
  properties: Record<string, string>,
  options: Pick<ApacheOptions, 'heap'> = {},
): Promise<BrokerProcess> {
  const lookup = await apacheKafka()
  if (!lookup.ok) throw new Error(lookup.reason)
  const basics = (logDirs: string) => ({ 'log.dirs': logDirs })
  return nodeFrom(lookup.tool, { port, ports: {} }, { ...options, properties }, basics)
}

async function nodeFrom(
  kafka: ApacheKafka,
  listeners: Pick<BrokerListeners, 'port' | 'ports'>,
  options: ApacheOptions,
  basics: (logDirs: string) => Record<string, string>,
): Promise<BrokerProcess> {
  const { home, dataDirectory, logDirs } = await brokerHome('apache', options)
  const properties = { ...basics(logDirs), ...options.properties }
  const classPath = options.classes === undefined ? kafka.classPath : `${options.classes}:${kafka.classPath}`
  const file = join(home, 'server.properties')
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(file, lines.join(''))
  await writeFile(join(home, 'log4j2.properties'), brokerLogging)
  if (options.dataFrom === undefined) await format(kafka, home, file, options.releaseVersion)
  const { heap = USUAL_HEAP } = options
  const system = Object.entries(options.systemProperties ?? {}).map(([name, value]) => `-D${name}=${value}`)
  return new BrokerProcess({
    product: 'apache',
    version: kafka.version,
    program: kafka.jdk.path,
    args: [`-Xms${heap}`, `-Xmx${heap}`, ...system, ...loggingFrom(home), '-cp', classPath, 'kafka.Kafka', file],
    env: { ...definedEnvironment() },
    port: listeners.port,
    listenerPorts: listeners.ports,
    home,
    dataDirectory,
  })
}

function singleNode({ text }: BrokerListeners, controllerPort: number, logDirs: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${text},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': text,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logDirs,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
  }
}

const loggingFrom = (home: string): string[] => [`-Dlog4j2.configurationFile=${join(home, 'log4j2.properties')}`]

async function format(kafka: ApacheKafka, home: string, file: string, releaseVersion?: string): Promise<void> {
  const tool = [...loggingFrom(home), '-cp', kafka.classPath, 'kafka.tools.StorageTool']
  const release = releaseVersion === undefined ? [] : ['--release-version', releaseVersion]
  await capture(kafka.jdk.path, [...tool, 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', file, ...release])
}

/** This process's variables without the holes that the types allow. */
export function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
