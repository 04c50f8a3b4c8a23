import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
import type { Product } from '../support/report.ts'
import { brokerCommand, testProgram } from './programs.ts'
import { methodOf, shortName } from './tests.ts'

/** A line of RunClass.java. */
export interface Outcome {
  name: string
  verdict: 'passed' | 'failed' | 'skipped'
  milliseconds: number
  reason?: string
}

/** A class and those of its methods that are to run; all of them where none is named. */
export interface Assignment {
  className: string
  methods: readonly string[]
}

export interface Cluster {
  /** The product that the brokers are. */
  readonly product: Product
  /** Whether a test that asks for several brokers has them, under a controller of Apache Kafka. */
  readonly several: boolean
}

/** As Apache Kafka has them: some tests depend on the delay, others compare the versions of all APIs. */
const propertiesOfSamsa = { 'group.initial.rebalance.delay.ms': 3000, 'samsa.legacy.protocol': false }
const longestClassMs = 2_700_000
const graceMs = 20_000
/** Brokers of a class listen on ports of its slot alone, above those that the system gives to clients. */
const firstPort = Number(process.env.FIRST_PORT ?? 61_000)
const portsOfSlot = 400

/** Runs test classes, each in a JVM of its own, against brokers of one product that the tests start. */
export class IntegrationRun {
  readonly #product: Product
  readonly #several: boolean
  readonly #program: Awaited<ReturnType<typeof testProgram>>
  /** Logs of brokers and stack traces of tests that failed, and the output of each class. */
  readonly directory: string
  readonly #freeSlots: number[]
  readonly #running = new Set<ChildProcess>()

  private constructor(
    { product, several }: Cluster,
    program: Awaited<ReturnType<typeof testProgram>>,
    directory: string,
    slots: number,
  ) {
    this.#product = product
    this.#several = several
    this.#program = program
    this.directory = directory
    this.#freeSlots = [...Array(slots).keys()]
  }

  /** `slots` is the number of classes that may run at the same time. */
  static async start(tests: JavaLibraries, cluster: Cluster, slots: number): Promise<IntegrationRun> {
    const directory = await mkdtemp(join(tmpdir(), `compat-apache-integration-${cluster.product}-`))
    await mkdir(join(directory, 'failures'))
    await writeFile(join(directory, 'command'), (await brokerCommand(cluster.product)).join('\n'))
    if (cluster.several) {
      await writeFile(join(directory, 'controller-command'), (await brokerCommand('apache')).join('\n'))
    }
    return new IntegrationRun(cluster, await testProgram(tests), directory, slots)
  }

  /** Runs a class to its end; `hear` gets each test's outcome at once. Rejects when the JVM does not end well. */
  async run({ className, methods }: Assignment, hear: (outcome: Outcome) => void): Promise<void> {
    const slot = this.#freeSlots.shift()
    if (slot === undefined) throw new Error('more classes run than there are slots')
    const { java, options, main } = this.#program
    const child = spawn(java, [...options, ...this.#properties(slot), main, className, ...methods], {
      // Some tests make directories where they are.
      cwd: this.directory,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#running.add(child)
    child.stderr.pipe(createWriteStream(join(this.directory, `${shortName(className)}.out`), { flags: 'a' }))
    // A JVM that is asked for its threads, as JUnit does when a test takes too long, writes them among the outcomes.
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('{"') && hear(JSON.parse(line)))
    const timer = setTimeout(() => this.#end(child), longestClassMs)
    const [code] = await once(child, 'close')
    clearTimeout(timer)
    this.#running.delete(child)
    this.#freeSlots.push(slot)
    if (code !== 0) throw new Error(`the JVM of ${className} ended with ${code}`)
  }

  #properties(slot: number): string[] {
    const properties = {
      'samsa.broker.command': join(this.directory, 'command'),
      'samsa.controller.command': join(this.directory, 'controller-command'),
      'samsa.several': this.#several,
      'samsa.work': join(this.directory, 'work'),
      'samsa.logs': join(this.directory, 'failures'),
      'samsa.ports.first': firstPort + slot * portsOfSlot,
      'samsa.ports.count': portsOfSlot,
      'samsa.broker.properties': Object.entries(this.#product === 'samsa' ? propertiesOfSamsa : {})
        .map(([key, value]) => `${key}=${value}`)
        .join('\n'),
      // Apache's broker takes seconds to start, so the next one starts ahead; samsa has no step that formats.
      'samsa.spare': this.#product === 'apache',
      'samsa.features': this.#product === 'samsa' && !this.#several,
      'java.io.tmpdir': this.directory,
    }
    return Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
  }

  /** SIGTERM lets the JVM end its brokers. */
  #end(child: ChildProcess): void {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
  }

  /** Ends what runs and removes all data; answers the directory where something about failures is left. */
  async close(): Promise<string | null> {
    for (const child of this.#running) {
      this.#end(child)
      await once(child, 'close')
    }
    await rm(join(this.directory, 'work'), { recursive: true, force: true })
    if ((await readdir(join(this.directory, 'failures'))).length > 0) return this.directory
    await rm(this.directory, { recursive: true, force: true })
    return null
  }
}

/** Classes with the methods of their wanted tests, in the order of the tests. */
export function assignments(tests: readonly { name: string; className: string }[]): Assignment[] {
  const methods = new Map<string, Set<string>>()
  for (const { name, className } of tests) {
    methods.set(className, (methods.get(className) ?? new Set()).add(methodOf(name)))
  }
  return [...methods].map(([className, names]) => ({ className, methods: [...names] }))
}
