import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { cacheDirectory, capture } from '../../scripts/toolchain/lookup.ts'
import { endWithThisProcess } from './children.ts'

export interface JavaResult {
  exitCode: number
  stdout: string
  stderr: string
}

interface Waiting {
  resolve(result: JavaResult): void
  reject(error: Error): void
}

/** Tools live for a second or two: what a JVM does for those that live longer only costs. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m']
const longestRunMs = 50_000
const serverSource = join(import.meta.dirname, 'java/JavaServer.java')

/** One JVM that runs many main methods, one after another, with Apache Kafka's jars and the given sources. */
export class JavaServer {
  readonly #command: readonly [string, ...string[]]
  readonly #waiting: Waiting[] = []
  #child: ChildProcessWithoutNullStreams | null = null
  #errors = ''

  private constructor(command: readonly [string, ...string[]]) {
    this.#command = command
  }

  static async start(kafka: ApacheKafka, sources: readonly string[] = []): Promise<JavaServer> {
    const classes = await compileJava(kafka, [serverSource, ...sources])
    const logging = `-Dlog4j2.configurationFile=${join(classes, 'log4j2.properties')}`
    const classPath = `${classes}:${kafka.classPath}`
    return new JavaServer([kafka.jdk.path, ...quickStart, logging, '-cp', classPath, 'JavaServer'])
  }

  /** Runs `main` of the class with the text as standard input. One that does not end takes its JVM with it. */
  async run(className: string, args: readonly string[], input = ''): Promise<JavaResult> {
    const child = this.#running()
    const timer = setTimeout(() => child.kill('SIGKILL'), longestRunMs)
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify({ class: className, args, input })}\n`)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  #running(): ChildProcessWithoutNullStreams {
    if (this.#child) return this.#child
    const [program, ...args] = this.#command
    const child = spawn(program, args)
    endWithThisProcess(child)
    this.#child = child
    this.#errors = ''
    child.stdin.on('error', () => {
      // The JVM ended before it read the request; its end is what counts.
    })
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text))
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)))
    child.on('close', (_, signal) => {
      this.#child = null
      const reason = signal ? `was killed by ${signal}, as after ${longestRunMs} ms` : `ended: ${this.#errors}`
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the JVM ${reason}`))
    })
    return child
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(timer)
  }
}

/** Runs `main` of the class in a JVM of its own, for tools that hang their work on the end of the process. */
export function runJava(kafka: ApacheKafka, className: string, args: readonly string[]): Promise<JavaResult> {
  return new Promise((resolve, reject) => {
    const result: JavaResult = { exitCode: 1, stdout: '', stderr: '' }
    const command = [...quickStart, '-Dorg.apache.logging.log4j.level=OFF', '-cp', kafka.classPath, className, ...args]
    const child = spawn(kafka.jdk.path, command, { stdio: ['ignore', 'pipe', 'pipe'], timeout: longestRunMs })
    endWithThisProcess(child)
    child.stdout.setEncoding('utf8').on('data', (text) => (result.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (result.stderr += text))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ ...result, exitCode: exitCode ?? 1 }))
  })
}

/** Compiles once for each content of the sources and version of Apache Kafka. */
async function compileJava(kafka: ApacheKafka, sources: readonly string[]): Promise<string> {
  const digest = createHash('sha256').update(kafka.version)
  for (const source of sources) digest.update(await readFile(source))
  const directory = join(cacheDirectory, 'java', digest.digest('hex').slice(0, 16))
  if (existsSync(directory)) return directory
  await mkdir(join(cacheDirectory, 'java'), { recursive: true })
  const fresh = await mkdtemp(`${directory}-`)
  try {
    await capture(kafka.jdk.javac, ['-nowarn', '-cp', kafka.classPath, '-d', fresh, ...sources])
    await writeFile(join(fresh, 'log4j2.properties'), 'status = error\nrootLogger.level = off\n')
    await rename(fresh, directory)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!existsSync(directory)) throw error
  }
  return directory
}
