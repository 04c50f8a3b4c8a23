import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { capture } from '../../scripts/toolchain/lookup.ts'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
import { freePorts } from '../support/broker.ts'
import { compileJava } from '../support/java.ts'
import { waitForMetadata } from '../support/probe.ts'
import { samsaCommand } from '../support/samsa.ts'

const sources = join(import.meta.dirname, 'java')
/** Most of these processes live for seconds. */
const quickStart = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+IgnoreUnrecognizedVMOptions']
const logging = `-Dlog4j2.configurationFile=file:${join(sources, 'log4j2.properties')}`
const longestWarmUpMs = 90_000

const javaSources = (): string[] =>
  (readdirSync(sources, { recursive: true }) as string[])
    .filter((path) => path.endsWith('.java'))
    .map((path) => join(sources, path))

/** The command that runs the tests of a class; properties, the class and its methods are added to it. */
export async function testProgram(tests: JavaLibraries): Promise<{ java: string; options: string[]; main: string }> {
  const jar = await jarOf(tests, javaSources())
  const options = [...quickStart, logging, '-Xmx1500m', '-XX:+EnableDynamicAgentLoading']
  const classPath = ['-cp', `${jar}:${tests.classPath}`]
  const archive = `${jar}.jsa`
  if (!existsSync(archive)) {
    const warmUp = [...options, `-XX:ArchiveClassesAtExit=${archive}`, ...classPath, 'samsa.integration.WarmUp']
    await capture(tests.jdk.path, warmUp)
  }
  return {
    java: tests.jdk.path,
    options: [...options, `-XX:SharedArchiveFile=${archive}`, ...classPath],
    main: 'samsa.integration.RunClass',
  }
}

/** The words of the command that starts a broker, which logs as much as Apache does here; a properties file is the last one. */
export async function brokerCommand(product: 'samsa' | 'apache'): Promise<string[]> {
  if (product === 'samsa') return [process.execPath, ...samsaCommand(), '--log-level', 'error', '--config']
  const lookup = await apacheKafka()
  if (!lookup.ok) throw new Error(lookup.reason)
  const kafka = lookup.tool
  const jar = await jarOf(kafka, [join(sources, 'samsa/integration/ApacheKafka.java')])
  const program = ['-cp', `${jar}:${kafka.classPath}`, 'samsa.integration.ApacheKafka']
  const options = [...quickStart, logging, '-Xmx512m']
  const archive = `${jar}.jsa`
  if (!existsSync(archive)) {
    await warmUpApache(kafka.jdk.path, [...options, `-XX:ArchiveClassesAtExit=${archive}`, ...program])
  }
  return [kafka.jdk.path, ...options, `-XX:SharedArchiveFile=${archive}`, ...program]
}

/** Compiled classes as a jar, beside their directory: archives of classes want jars. */
async function jarOf(libraries: JavaLibraries, files: readonly string[]): Promise<string> {
  const classes = await compileJava(libraries, files)
  const jar = `${classes}.jar`
  if (existsSync(jar)) return jar
  await capture(join(dirname(libraries.jdk.javac), 'jar'), ['cf', `${jar}.${process.pid}`, '-C', classes, '.'])
  await rename(`${jar}.${process.pid}`, jar)
  return jar
}

/** Starts Apache's broker once and stops it, for the archive of its classes. */
async function warmUpApache(java: string, command: readonly string[]): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'compat-warm-up-'))
  try {
    const [port, controllerPort] = await freePorts(2)
    const file = join(home, 'server.properties')
    const properties = [
      'process.roles=broker,controller',
      'node.id=0',
      `listeners=PLAINTEXT://localhost:${port},CONTROLLER://localhost:${controllerPort}`,
      'controller.listener.names=CONTROLLER',
      `controller.quorum.voters=0@localhost:${controllerPort}`,
      `log.dirs=${join(home, 'data')}`,
    ]
    await writeFile(file, properties.join('\n'))
    const child = spawn(java, [...command, file], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const stillRunning = () => child.exitCode === null
    await waitForMetadata(port, { timeoutMs: longestWarmUpMs, everyMs: 100, stillRunning })
    child.kill('SIGTERM')
    await ended
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
