/**
 * `samsa --brokers 3`: a cluster on this machine. The controller is in this process, each broker in one of its own, whose
 * lines are shown here under its name. The first signal stops the brokers in good order and the controller behind them; a
 * broker that ends by itself is said to have ended, and stays away. When this process dies, however that comes, its
 * brokers stop.
 */
import path from 'node:path'
import { type Broker, createBroker } from '../../broker.ts'
import { brokerIds, CONTROLLER_ID, directoryName, type NodeName } from '../../cluster/nodes.ts'
import { bootstrapServer, loadConfig, parseTopicsToCreate, propertiesOfEnvironment } from '../../config/index.ts'
import { VERSION } from '../../config/version.ts'
import { createStartTopics } from '../../controller/start-topics.ts'
import type { Environment } from '../../env/index.ts'
import { MEMORY_DIRECTORY } from '../../env/memory/directory.ts'
import { memoryEnvironment } from '../../env/memory/index.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { tellReady } from '../../env/node/package/ready.ts'
import { type CommandLogger, createLogger, isPretty } from '../logger.ts'
import type { BrokerIsReady } from '../parent.ts'
import { announce, givenProperties, type RunOptions, readProperties } from '../run.ts'
import { shortPath } from '../short-path.ts'
import { fail, StopOnSignals } from '../stopping.ts'
import { type BrokerEnd, BrokerProcess } from './broker-process.ts'
import { Lines, prefixed } from './node-output.ts'
import { type ClusterPlan, controllerPort, planOf, propertiesOfNode } from './settings.ts'

export interface ClusterRunOptions extends RunOptions {
  readonly brokers: number
}

const DEFAULT_DATA = './data'
/** Each broker has a patience of its own, which ends before this one. */
const STOP_PATIENCE_MS = 10_000
const OWN_NAME = 'samsa'
const TOPICS = 'samsa.create.topics'

/** Resolves when the cluster answers; the process goes on until it is stopped. */
export async function runCluster(options: ClusterRunOptions): Promise<void> {
  const cluster = new ClusterOfProcesses(options)
  try {
    await cluster.start()
  } catch (error) {
    if (cluster.isStopping) return
    await cluster.end()
    fail(error)
  }
}

class ClusterOfProcesses {
  readonly #options: ClusterRunOptions
  readonly #environment: Environment
  readonly #isPretty: boolean
  readonly #log: CommandLogger
  readonly #stopping: StopOnSignals
  readonly #brokers = new Map<number, BrokerProcess>()
  #controller: Broker | null = null

  constructor(options: ClusterRunOptions) {
    const { logFormat, logLevel, ephemeral = false } = options
    this.#options = options
    this.#environment = ephemeral ? memoryEnvironment(nodeEnvironment()) : nodeEnvironment()
    this.#isPretty = isPretty(logFormat)
    this.#log = createLogger(logLevel, this.#isPretty, this.#linesOf(OWN_NAME, null))
    const giveUp = () => this.#killAll()
    this.#stopping = new StopOnSignals(() => this.end(), this.#environment, this.#log, {
      patienceMs: STOP_PATIENCE_MS,
      giveUp,
    })
  }

  get isStopping(): boolean {
    return this.#stopping.hasBegun
  }

  async start(): Promise<void> {
    const { config, environment, given } = await this.#sources()
    const names = new Set([...config.keys(), ...environment.properties.keys(), ...given.keys()])
    const plan = planOf(this.#options.brokers, this.#options.port, names)
    const { data } = this.#options
    const directory = data ?? DEFAULT_DATA
    if (this.#options.ephemeral !== true) await this.#refuseDataOfOne(directory)

    const properties = new Map([
      ...given,
      ...propertiesOfNode(plan, 'controller', controllerPort(plan)),
      ['log.dirs', this.#directoryOf('controller')],
    ])
    const loaded = loadConfig({ file: config, environment, given: properties })
    const controllerLog = createLogger(this.#options.logLevel, this.#isPretty, this.#linesOf('controller', 0))
    this.#controller = createBroker({
      config: loaded.config,
      environment: this.#environment,
      logger: controllerLog.logger,
      onFatal: (error) => fail(new Error(`The directory of the controller has failed: ${error.message}`)),
    })
    // Ports that are known beforehand let all processes begin at once.
    if (plan.port !== 0) this.#spawnAll(plan, controllerPort(plan))
    await this.#controller.start()
    if (plan.port === 0) this.#spawnAll(plan, this.#controllerAt().port)
    const ready = await this.#allReady()
    if (this.isStopping) return
    const topics = [given, environment.properties, config]
      .map((each) => each.get(TOPICS))
      .find((text) => text !== undefined)
    await this.#createTopics(parseTopicsToCreate(topics ?? ''))
    this.#announce(ready)
    tellReady()
  }

  /** Brokers hand over to each other while their controller is there; it goes last. */
  async end(): Promise<void> {
    await Promise.all([...this.#brokers.values()].map((broker) => broker.stop().then(() => this.#stopping.moved())))
    await this.#controller?.stop()
  }

  async #sources() {
    const { config: file } = this.#options
    return {
      config: file === undefined ? new Map<string, string>() : await readProperties(this.#environment, file),
      environment: propertiesOfEnvironment(process.env),
      given: givenProperties({ ...this.#options, port: undefined, data: undefined, ephemeral: false }),
    }
  }

  async #refuseDataOfOne(directory: string): Promise<void> {
    const { files } = this.#environment
    if ((await files.stat(path.join(directory, 'meta.properties'))) !== null) {
      throw new Error(`${directory} is the data directory of one broker: name another one for the cluster (--data).`)
    }
    const there = (await files.stat(directory)) === null ? [] : await files.readDirectory(directory)
    const unused = there.filter((name) => /^broker-\d+$/.test(name) && Number(name.slice(7)) > this.#options.brokers)
    for (const name of unused) {
      this.#log.logger.warn(
        `${path.join(directory, name)} has the data of a broker that is not started: its replicas are missing`,
      )
    }
  }

  #directoryOf(node: NodeName): string {
    const { data = DEFAULT_DATA, ephemeral = false } = this.#options
    return ephemeral ? MEMORY_DIRECTORY : path.join(data, directoryName(node))
  }

  #spawnAll(plan: ClusterPlan, controllerAt: number): void {
    for (const id of brokerIds(plan.count)) {
      const name = directoryName(id)
      const toStdout = this.#linesOf(name, id)
      const broker = new BrokerProcess({
        words: this.#wordsOf(plan, id, controllerAt),
        onLine: (line, isError) => {
          if (isError) process.stderr.write(`${prefixed(line, name, id, this.#output('stderr'))}\n`)
          else toStdout(`${line}\n`)
        },
      })
      this.#brokers.set(id, broker)
      void broker.ended.then((how) => this.#hasEnded(id, how))
    }
  }

  /** The words of a broker's command line. */
  #wordsOf(plan: ClusterPlan, id: number, controllerAt: number): string[] {
    const { config, set = [], ephemeral = false, logLevel } = this.#options
    const own = propertiesOfNode(plan, id, controllerAt).map(([key, value]) => `${key}=${value}`)
    return [
      ...(config === undefined ? [] : ['--config', config]),
      ...[...set, ...own].flatMap((assignment) => ['--set', assignment]),
      ...(ephemeral ? ['--ephemeral'] : ['--data', this.#directoryOf(id)]),
      ...['--log-level', logLevel, '--log-format', this.#isPretty ? 'pretty' : 'json'],
    ]
  }

  async #allReady(): Promise<BrokerIsReady[]> {
    const ready = await Promise.all(
      [...this.#brokers].map(async ([id, broker]) => ({ id, answer: await broker.ready })),
    )
    const failed = ready.find(({ answer }) => answer === null)
    if (failed !== undefined) {
      throw new Error(`Broker ${failed.id} ended before it was ready: its last lines say why.`)
    }
    return ready.flatMap(({ answer }) => (answer === null ? [] : [answer]))
  }

  async #createTopics(topics: ReturnType<typeof parseTopicsToCreate>): Promise<void> {
    const controller = this.#controller?.parts.controller
    if (controller === undefined) return
    const { requests, metadata } = controller
    await createStartTopics(topics, { requests, metadata, clock: this.#environment.clock, logger: this.#log.logger })
  }

  #hasEnded(id: number, { code, signal }: BrokerEnd): void {
    if (this.isStopping) return
    const { logger } = this.#log
    const how = signal ?? `status ${code}`
    logger.error(`Broker ${id} has ended (${how}). It is not started again; the others go on.`)
    if ([...this.#brokers.values()].every(({ hasEnded }) => hasEnded)) {
      fail(new Error('No broker is left.'))
    }
  }

  #killAll(): void {
    for (const broker of this.#brokers.values()) broker.kill()
  }

  #controllerAt() {
    const [listener] = this.#controller?.parts.server?.controllerListeners ?? []
    if (listener === undefined) throw new Error(`The controller ${CONTROLLER_ID} has no listener.`)
    return listener
  }

  #announce(ready: readonly BrokerIsReady[]): void {
    const { clock } = this.#environment
    const { data = DEFAULT_DATA, ephemeral = false } = this.#options
    const brokers = ready.flatMap(({ kafka }) => kafka).join(', ')
    const http = ready.flatMap((each) => each.http)
    const at = http.length === 0 ? '' : `, http at ${http.join(', ')}`
    const where = ephemeral ? 'memory' : shortPath(data, process.cwd(), path)
    const controller = bootstrapServer(this.#controllerAt())
    const line = `samsa ${VERSION} is ready: ${ready.length} brokers, kafka at ${brokers}, controller at ${controller}${at}, data in ${where} (${Math.round(clock.monotonicMs())} ms)`
    announce(line, this.#log.logger, this.#isPretty)
  }

  #output(stream: 'stdout' | 'stderr') {
    const { brokers } = this.#options
    const hasColours = process[stream].isTTY === true && process[stream].hasColors()
    return { isPretty: this.#isPretty, hasColours, width: Math.max('controller'.length, directoryName(brokers).length) }
  }

  #linesOf(name: string, index: number | null): (text: string) => void {
    const output = this.#output('stdout')
    return new Lines((line) => process.stdout.write(`${prefixed(line, name, index, output)}\n`)).write
  }
}
