import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheDirectory, capture } from '../../scripts/toolchain/lookup.ts'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
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
const LONGEST_RUN_MS = 50_000
/** Runs Apache's tools: it stands in for the end of their process. */
const toolServer = join(import.meta.dirname, 'java/JavaServer.java')
/** Runs main methods of ours with nothing beside the client that they drive. */
const caseServer = join(import.meta.dirname, 'java/CaseServer.java')

/** One JVM that runs many main methods, one after another, with the given jars and sources. */
export class JavaServer {
  readonly #command: readonly [string, ...string[]]
  readonly #waiting: Waiting[] = []
  #child: ChildProcessWithoutNullStreams | null = null
  #errors = ''
  /** The limit of the run that did not end in time, in ms. */
  #overdueMs: number | null = null

  private constructor(command: readonly [string, ...string[]]) {
    this.#command = command
  }

  /** For Apache's tools, and for programs that use the jars beside them. */
  static start(kafka: JavaLibraries, sources: readonly string[] = []): Promise<JavaServer> {
    return JavaServer.#of(kafka, toolServer, sources)
  }

  /** For programs of ours on any version of the client. */
  static forCases(client: JavaLibraries, sources: readonly string[]): Promise<JavaServer> {
    return JavaServer.#of(client, caseServer, sources)
  }

  static async #of(libraries: JavaLibraries, server: string, sources: readonly string[]): Promise<JavaServer> {
    const classPath = await classPathOf(libraries, [server, ...sources])
    return new JavaServer([libraries.jdk.path, ...quickStart, '-cp', classPath, basename(server, '.java')])
  }

  /**
   * Runs `main` of the class with the text as standard input. One that does not end within `limitMs` takes its JVM with
   * it.
   */
  async run(
    className: string,
    args: readonly string[],
    { input = '', limitMs = LONGEST_RUN_MS }: { input?: string; limitMs?: number } = {},
  ): Promise<JavaResult> {
    const child = this.#running()
    const timer = setTimeout(() => {
      this.#overdueMs = limitMs
      child.kill('SIGKILL')
    }, limitMs)
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
    this.#overdueMs = null
    child.stdin.on('error', () => {
      // The JVM ended before it read the request; its end is what counts.
    })
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text))
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)))
    child.on('close', (_, signal) => {
      this.#child = null
      const late = this.#overdueMs === null ? '' : `: a run did not end within ${this.#overdueMs} ms`
      const reason = signal ? `was killed by ${signal}${late}` : `ended: ${this.#errors}`
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
export function runJava(kafka: JavaLibraries, className: string, args: readonly string[]): Promise<JavaResult> {
  return new Promise((resolve, reject) => {
    const result: JavaResult = { exitCode: 1, stdout: '', stderr: '' }
    const child = startJava(kafka, className, args)
    const timer = setTimeout(() => child.kill(), LONGEST_RUN_MS)
    child.stdin.end()
    child.stdout.setEncoding('utf8').on('data', (text) => (result.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (result.stderr += text))
    child.on('error', reject)
    child.on('close', (exitCode) => {
      clearTimeout(timer)
      resolve({ ...result, exitCode: exitCode ?? 1 })
    })
  })
}

/** Starts `main` of the class in a JVM of its own, which goes on until its work or its standard input ends. */
export function startJava(
  kafka: JavaLibraries,
  className: string,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  const command = [...quickStart, '-Dorg.apache.logging.log4j.level=OFF', '-cp', kafka.classPath, className, ...args]
  const child = spawn(kafka.jdk.path, command)
  child.stdin.on('error', () => {})
  endWithThisProcess(child)
  return child
}

/** Compiled sources before the jars. */
export async function classPathOf(libraries: JavaLibraries, sources: readonly string[]): Promise<string> {
  return `${await compileJava(libraries, sources)}:${libraries.classPath}`
}

/** Compiles once for each content of the sources and set of jars; answers the directory. */
export async function compileJava(libraries: JavaLibraries, sources: readonly string[]): Promise<string> {
  const digest = createHash('sha256').update(libraries.libraries)
  for (const source of sources) digest.update(await readFile(source))
  const directory = join(cacheDirectory, 'java', digest.digest('hex').slice(0, 16))
  if (existsSync(directory)) return directory
  await mkdir(join(cacheDirectory, 'java'), { recursive: true })
  const fresh = await mkdtemp(`${directory}-`)
  try {
    await capture(libraries.jdk.javac, ['-nowarn', '-cp', libraries.classPath, '-d', fresh, ...sources])
    // The name that log4j looks for by itself: clients are silent unless somebody asks.
    await writeFile(join(fresh, 'log4j2.properties'), 'status = error\nrootLogger.level = off\n')
    await rename(fresh, directory)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!existsSync(directory)) throw error
  }
  return directory
}
