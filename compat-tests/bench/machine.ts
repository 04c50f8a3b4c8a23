import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { arch, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { promisify } from 'node:util'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { samsaVersion } from '../support/samsa.ts'

export interface Machine {
  date: string
  processor: string
  cores: number
  memoryGb: number
  system: string
  /** File system below the data of both brokers. */
  fileSystem: string
  samsa: string
  apache: string
  /** The load of one minute, when the run began; more than a little means that others were at work too. */
  loadAverage: number
}

const loadAtStart = loadavg()[0]

export async function describeMachine(kafka: ApacheKafka, startedAt: Date): Promise<Machine> {
  return {
    date: startedAt.toISOString().slice(0, 10),
    processor: await processorName(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]} ${arch()}`,
    fileSystem: await fileSystem(),
    samsa: `samsa ${samsaVersion()} on Node ${process.versions.node}`,
    apache: `Apache Kafka ${kafka.version} on JDK ${kafka.jdk.version}, heap of 1 GB`,
    loadAverage: loadAtStart,
  }
}

async function processorName(): Promise<string> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  return /model name\s*: (.+)/.exec(text)?.[1] ?? cpus()[0].model
}

async function fileSystem(): Promise<string> {
  const { stdout } = await promisify(execFile)('df', ['--output=fstype', tmpdir()])
  return stdout.trim().split('\n').at(-1)!.trim()
}
