import path from 'node:path'
import { type Broker, createBroker } from '../broker.ts'
import {
  AUTHORIZER,
  bootstrapServer,
  ConfigError,
  type ConfigSources,
  controlListener,
  DEFAULT_REGISTRY_LISTENER,
  easyProtocol,
  formatAcls,
  formatTopicsToCreate,
  formatUsers,
  loadConfig,
  PASSWORD_MECHANISMS,
  parseProperties,
  propertiesOfEnvironment,
} from '../config/index.ts'
import { VERSION } from '../config/version.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { MEMORY_DIRECTORY } from '../env/memory/directory.ts'
import { nodeEnvironment } from '../env/node/index.ts'
import { tellReady } from '../env/node/package/ready.ts'
import { type LogProgress, logProgress, progressText } from '../log/manager/log-progress.ts'
import { createLogger, isPretty, type LogFormat } from './logger.ts'
import { onParentsWish, tellParent } from './parent.ts'
import { ProgressLine } from './progress-line.ts'
import { shortPath } from './short-path.ts'
import { fail, StopOnSignals } from './stopping.ts'

export interface RunOptions {
  readonly port?: number
  readonly data?: string
  readonly ephemeral?: boolean
  readonly topic?: readonly string[]
  readonly releaseVersion?: string
  readonly like?: string
  /** Name and password. */
  readonly user?: readonly (readonly [string, string])[]
  readonly acl?: readonly string[]
  readonly addScram?: readonly string[]
  /** An address, or true: the usual one. */
  readonly registry?: string | true
  readonly config?: string
  readonly set?: readonly string[]
  /** `host:port`. */
  readonly control?: string
  readonly clock?: 'manual'
  readonly logLevel: string
  readonly logFormat: LogFormat
}

/** `samsa`: runs a broker until a signal comes. */
export async function run(options: RunOptions): Promise<void> {
  const isInMemory = options.ephemeral === true
  const environment = nodeEnvironment()
  const pretty = isPretty(options.logFormat)
  const commandLogger = createLogger(options.logLevel, pretty)
  const { logger } = commandLogger
  let broker: Broker | null = null
  const progressLine = () => (process.stdout.isTTY ? new ProgressLine(environment.clock, process.stdout) : null)
  let progress = progressLine()
  const end = async () => {
    progress = progressLine()
    await broker?.stop()
    progress?.clear()
  }
  const stopping = new StopOnSignals(end, environment, commandLogger)
  onParentsWish(() => stopping.stop('its cluster stops'))
  const isStopping = () => stopping.hasBegun
  try {
    const sources = await sourcesOf(options, environment)
    const { config, warnings, notes } = loadConfig(sources)
    for (const warning of warnings) logger.warn(warning)
    for (const note of notes) logger.info(note)
    // A signal that has come already had nothing to stop: the process is about to end.
    if (isStopping()) return
    const onFatal = (error: Error) => fail(new Error(`No data directory is left that works: ${error.message}`))
    const tell = logProgress(environment.clock, logger)
    const onProgress = (each: LogProgress) => {
      stopping.moved()
      if (progress === null) tell(each)
      else progress.show(progressText(each))
    }
    const making = { config, logger, onFatal, onProgress, hasDefaultHttp: true }
    if (controlListener(config) !== null) {
      const { brokerInHand } = await import('./run-in-hand.ts')
      broker = await brokerInHand({ ...making, machine: environment, isInMemory, clock: options.clock, sources })
    } else {
      if (options.clock !== undefined)
        throw new ConfigError('--clock manual takes --control: nobody else moves the time.')
      broker = createBroker({ ...making, environment: isInMemory ? await inMemory(environment) : environment })
    }
    await broker.start().finally(() => progress?.clear())
    const data = isInMemory ? 'memory' : config.logDirs.map((each) => shortPath(each, process.cwd(), path)).join(', ')
    if (options.logFormat === 'auto' && !pretty) announceAsKafka(logger, config.get('node.id'))
    announce(readyLine(broker, data, environment), logger, pretty)
    tellReady()
    tellParent({ kafka: broker.addresses.map(bootstrapServer), http: broker.httpUrls })
  } catch (error) {
    // A start that a signal gave up: who stops it also ends the process.
    if (isStopping()) return
    await end()
    fail(error)
  }
}

async function inMemory(machine: Environment): Promise<Environment> {
  const { memoryEnvironment } = await import('../env/memory/index.ts')
  return memoryEnvironment(machine)
}

const sourcesOf = async (options: RunOptions, environment: Environment): Promise<ConfigSources> => ({
  file: new Map([
    ...userDefaults(options),
    ...aclDefaults(options),
    ...(options.config === undefined ? [] : await readProperties(environment, options.config)),
  ]),
  environment: propertiesOfEnvironment(process.env),
  given: givenProperties(options),
})

/** A broker with ACLs has the authorizer that judges by them. */
const aclDefaults = ({ acl }: RunOptions): [string, string][] =>
  acl === undefined ? [] : [['authorizer.class.name', AUTHORIZER]]

/** A broker with users asks for their passwords on its listener, unless its configuration says how it does that. */
function userDefaults({ user }: RunOptions): [string, string][] {
  if (user === undefined) return []
  return [
    ['listeners', `${easyProtocol({ hasUsers: true, hasTls: false })}://localhost:9092`],
    ['sasl.enabled.mechanisms', PASSWORD_MECHANISMS],
  ]
}

/**
 * The properties that the command line sets. An option and a `--set` for the same thing are refused: neither is the
 * stronger.
 */
export function givenProperties(options: RunOptions): Map<string, string> {
  const given = new Map<string, string>()
  for (const text of options.set ?? []) {
    const equals = text.indexOf('=')
    given.set(text.slice(0, equals).trim(), text.slice(equals + 1))
  }
  const setByOption = (option: string, name: string, value: string, rivals: readonly string[] = [name]) => {
    const rival = rivals.find((each) => given.has(each))
    if (rival)
      throw new ConfigError(`${option} and --set ${rival} say different things of the same: leave one of the two.`)
    given.set(name, value)
  }
  const protocol = easyProtocol({ hasUsers: options.user !== undefined, hasTls: false })
  if (options.port !== undefined) setByOption('--port', 'listeners', `${protocol}://localhost:${options.port}`)
  if (options.acl) setByOption('--acl', 'samsa.acls', formatAcls(options.acl))
  if (options.addScram) setByOption('--add-scram', 'samsa.add.scram', options.addScram.join(','))
  if (options.user) setByOption('--user', 'samsa.users', formatUsers(Object.fromEntries(options.user)))
  const data = options.ephemeral ? MEMORY_DIRECTORY : options.data
  const dataOption = options.ephemeral ? '--ephemeral' : '--data'
  if (data !== undefined) setByOption(dataOption, 'log.dirs', data, ['log.dirs', 'log.dir'])
  const { releaseVersion, like, registry } = options
  const registryAt = registry === true ? DEFAULT_REGISTRY_LISTENER : registry
  if (registryAt !== undefined) setByOption('--registry', 'samsa.schema.registry.listeners', registryAt)
  if (like !== undefined) setByOption('--like', 'samsa.like', like)
  if (releaseVersion !== undefined) setByOption('--release-version', 'samsa.release.version', releaseVersion)
  if (options.control !== undefined) setByOption('--control', 'samsa.control.listener', options.control)
  if (options.topic) setByOption('--topic', 'samsa.create.topics', formatTopicsToCreate(options.topic))
  return given
}

export async function readProperties(environment: Environment, file: string): Promise<Map<string, string>> {
  // Java reads properties files as ISO 8859-1 in name and as UTF-8 in practice; Kafka's own are ASCII.
  const bytes = await environment.files.readFile(file)
  return parseProperties(bytes.toString('utf8'))
}

function readyLine(broker: Broker, data: string, { clock }: Environment): string {
  // A controller alone has no listener for clients of Kafka.
  const controllers = broker.parts.server?.controllerListeners ?? []
  if (broker.addresses.length === 0) {
    const at = controllers.map(bootstrapServer).join(', ')
    return `samsa ${VERSION} is ready: controller at ${at}, data in ${data} (${Math.round(clock.monotonicMs())} ms)`
  }
  const addresses = broker.addresses.map(bootstrapServer).join(', ')
  const at = (what: string, urls: readonly string[]) => (urls.length === 0 ? '' : `, ${what} at ${urls.join(', ')}`)
  const others =
    at('http', broker.httpUrls) +
    at('schema registry', broker.schemaRegistryUrls) +
    at('control', controlUrlsOf(broker))
  return `samsa ${VERSION} is ready: kafka at ${addresses}${others}, data in ${data} (${Math.round(clock.monotonicMs())} ms)`
}

const controlUrlsOf = (broker: Broker): string[] =>
  'controlUrl' in broker && typeof broker.controlUrl === 'string' ? [broker.controlUrl] : []

/** Lines of Apache Kafka for which Testcontainers and others wait in a container's log. */
function announceAsKafka(logger: Logger, nodeId: number): void {
  logger.info(
    `[BrokerLifecycleManager id=${nodeId}] The broker has been unfenced. Transitioning from RECOVERY to RUNNING.`,
  )
  logger.info(`[KafkaServer id=${nodeId}] started`)
  logger.info(`[KafkaRaftServer nodeId=${nodeId}] Kafka Server started`)
}

export function announce(line: string, logger: Logger, pretty: boolean): void {
  if (pretty) process.stdout.write(`${line}\n`)
  else logger.info(line)
}
