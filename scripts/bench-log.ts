/**
 * `make bench-log`: what the log costs. Appends and reads of a broker beside the least that could be done: a Node
 * process that only receives bytes and writes them to a file, a throwaway broker that checks nothing and keeps nothing,
 * and `dd` for the disk. All take turns in one run, each on fresh data; the table has medians, and ratios to the limit
 * beside them.
 *
 *   --rounds 3    --mb 500    --json
 */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { ConsumeJob } from '../compat-tests/bench/load/consume.ts'
import { LoadGenerator } from '../compat-tests/bench/load/generator.ts'
import type { Throughput } from '../compat-tests/bench/load/meter.ts'
import { forgetPeak, residentMb } from '../compat-tests/bench/load/process-cost.ts'
import type { ProduceJob } from '../compat-tests/bench/load/produce.ts'
import { median } from '../compat-tests/bench/load/statistics.ts'
import { startTarget, type Target, whileRunning } from '../compat-tests/bench/targets.ts'
import { table } from '../compat-tests/support/report.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    mb: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
})
const bytes = Number(options.mb) * 1e6

type Contender = 'samsa' | 'floor' | 'sink'
const contenders: readonly Contender[] = ['samsa', 'floor', 'sink']

interface Finding {
  case: string
  contender: Contender | 'disk'
  mbPerS: number
  cpuSPerGb?: number
  residentMb?: number
}

const appends: readonly (Pick<ProduceJob, 'recordBytes' | 'batchBytes' | 'partitions'> & { name: string })[] = [
  { name: 'append 1 KB, batches of 64 KB', recordBytes: 1_000, batchBytes: 65_536, partitions: 1 },
  { name: 'append 1 KB, batches of 1 MB', recordBytes: 1_000, batchBytes: 990_000, partitions: 1 },
  { name: 'append 1 KB, batches of 16 KB', recordBytes: 1_000, batchBytes: 16_384, partitions: 1 },
  { name: 'append 1 KB, 100 partitions', recordBytes: 1_000, batchBytes: 16_384, partitions: 100 },
  { name: 'append 100 B, batches of 64 KB', recordBytes: 100, batchBytes: 65_536, partitions: 1 },
  { name: 'append 100 B, 6 partitions', recordBytes: 100, batchBytes: 16_384, partitions: 6 },
]
const reads = { tail: 'read the newest 16 MB', all: 'read from the beginning' } as const
const recordBytes = 1_000
const tailBytes = 16e6
/** Part of what is measured that is moved before it. */
const warmUpShare = 0.25

const load = new LoadGenerator()

async function main(): Promise<void> {
  const findings: Finding[] = []
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const contender of contenders) {
      const target = await startTarget(contender)
      findings.push(...(await whileRunning(target, () => measure(target, contender))))
      if (contender === 'sink') findings.push(...(await measureDisk()))
      console.error(`round ${round} of ${options.rounds}: ${contender}`)
    }
  }
  load.stop()
  print(findings)
}

async function measure(target: Target, contender: Contender): Promise<Finding[]> {
  const findings: Finding[] = []
  const note = (name: string, { mbPerS, cpuSPerGb }: Throughput): void => {
    findings.push({ case: name, contender, mbPerS, cpuSPerGb, residentMb: residentMb(target.pid, 'VmHWM') })
    forgetPeak(target.pid)
  }
  for (const [index, { name, ...shape }] of appends.entries()) {
    note(name, await append(target, contender, `append-${index}`, shape))
  }
  // Nothing can be read from a sink.
  if (contender === 'sink') return findings
  const topic = `append-${appends.length}`
  await append(target, contender, topic, { recordBytes, batchBytes: 65_536, partitions: 1 })
  note(reads.all, await read(target, topic, 0))
  note(reads.tail, await read(target, topic, bytes - tailBytes))
  return findings
}

async function append(
  target: Target,
  contender: Contender,
  topic: string,
  shape: Pick<ProduceJob, 'recordBytes' | 'batchBytes' | 'partitions'>,
): Promise<Throughput> {
  const isSink = contender === 'sink'
  const about = { port: target.port, brokerPid: target.pid, topic }
  if (!isSink) await load.run('createTopic', { port: target.port, topic, partitions: shape.partitions })
  return load.run('produce', {
    ...about,
    ...shape,
    // A sink answers nothing.
    acks: isSink ? 0 : 1,
    connections: isSink ? 1 : 2,
    codec: 'none',
    inFlight: 5,
    warmUpBytes: bytes * warmUpShare,
    bytes,
  })
}

/** With two consumers. Offsets are taken for bytes, which at 1 KB a record they nearly are in thousands. */
function read(target: Target, topic: string, fromBytes: number): Promise<Throughput> {
  const job: ConsumeJob = {
    port: target.port,
    brokerPid: target.pid,
    topic,
    partition: 0,
    consumers: 2,
    fromOffset: (bytes * warmUpShare + fromBytes) / recordBytes,
    toOffset: (bytes * (1 + warmUpShare)) / recordBytes,
    warmUpBytes: bytes * warmUpShare,
    bytes: bytes * 2,
  }
  return load.run('consume', job)
}

/** The rates that `dd` tells for a file written to the disk, and read again from the page cache. */
async function measureDisk(): Promise<Finding[]> {
  const { dataDirectory, dispose } = await startTarget('sink')
  const file = join(dataDirectory, 'dd')
  const count = Math.ceil(bytes / 2 ** 20)
  try {
    return [
      { case: 'dd: write and sync', contender: 'disk', mbPerS: await dd('/dev/zero', file, count, 'fdatasync') },
      { case: 'dd: write', contender: 'disk', mbPerS: await dd('/dev/zero', file, count) },
      { case: 'dd: read from memory', contender: 'disk', mbPerS: await dd(file, '/dev/null', count) },
    ]
  } finally {
    await rm(file, { force: true })
    await dispose()
  }
}

async function dd(from: string, to: string, count: number, conversion = 'notrunc'): Promise<number> {
  const startedAtMs = performance.now()
  await promisify(execFile)('dd', [`if=${from}`, `of=${to}`, 'bs=1M', `count=${count}`, `conv=${conversion}`])
  return (count * 2 ** 20) / 1e6 / ((performance.now() - startedAtMs) / 1_000)
}

interface Result {
  case: string
  contender: Finding['contender']
  mbPerS: number
  cpuSPerGb: number | null
  residentMb: number | null
}

function medians(findings: readonly Finding[]): Result[] {
  const keys = [...new Set(findings.map((one) => `${one.case}|${one.contender}`))]
  return keys.map((key) => {
    const same = findings.filter((one) => `${one.case}|${one.contender}` === key)
    const [first] = same
    const of = (metric: 'cpuSPerGb' | 'residentMb') =>
      first[metric] === undefined ? null : median(same.map((one) => one[metric]!))
    const mbPerS = median(same.map((one) => one.mbPerS))
    return {
      case: first.case,
      contender: first.contender,
      mbPerS,
      cpuSPerGb: of('cpuSPerGb'),
      residentMb: of('residentMb'),
    }
  })
}

function print(findings: readonly Finding[]): void {
  const results = medians(findings)
  const find = (name: string, contender: Contender) =>
    results.find((one) => one.case === name && one.contender === contender)
  if (options.json) {
    console.log(JSON.stringify({ rounds: Number(options.rounds), bytes, results }, null, 2))
    return
  }
  const ratio = (value?: number | null, limit?: number | null) =>
    value && limit ? `${(value / limit).toFixed(2)}×` : ''
  const rows = [...appends.map(({ name }) => name), reads.all, reads.tail].map((name) => {
    const [samsa, floor, sink] = contenders.map((contender) => find(name, contender))
    return [
      name,
      samsa!.mbPerS.toFixed(0),
      ratio(samsa!.mbPerS, floor?.mbPerS),
      ratio(samsa!.mbPerS, sink?.mbPerS),
      samsa!.cpuSPerGb!.toFixed(2),
      ratio(samsa!.cpuSPerGb, floor?.cpuSPerGb),
      ratio(samsa!.cpuSPerGb, sink?.cpuSPerGb),
      samsa!.residentMb!.toFixed(0),
    ]
  })
  const header = ['', 'MB/s', '÷ floor', '÷ sink', 'CPU s/GB', '÷ floor', '÷ sink', 'peak MB']
  console.log(`\n${table(header, rows, [1, 2, 3, 4, 5, 6, 7])}\n`)
  for (const { case: name, mbPerS } of results.filter((one) => one.contender === 'disk')) {
    console.log(`${name.padEnd(24)} ${mbPerS.toFixed(0).padStart(6)} MB/s`)
  }
  console.log('\nMedians. Sink: a Node process that receives and writes to a file. Floor: a throwaway broker without')
  console.log('validation, indexes or cache. dd: the disk itself. CPU is that of the broker, or of the limit.')
}

await main()
process.exit(0)
