import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Bench, type BenchCase, brokers, type Metrics, withPeak } from '../bench-case.ts'
import { Meter } from '../load/meter.ts'
import { startTarget, type Target, whileRunning } from '../targets.ts'

const VALUE_BYTES = 1_000
const BATCH_BYTES = 65_536
/** Each key is there so many times, and once when the log is clean. */
const TIMES = 10
const SHARE = 0.5
const WARM_UP_SHARE = 0.25
const SEGMENTS = 8
/** The least that Kafka allows. */
const LEAST_SEGMENT_BYTES = 1_048_576

/** A cleaner that finds nothing to do looks again so soon: hardly any of the time that is measured is spent waiting for it. */
const BACKOFF_MS = '10'
const POLL_MS = 5
const LIMIT_MS = 300_000
/** Files that are to be, that take the place of others, or that nobody needs any more. */
const UNFINISHED = ['.cleaned', '.swap', '.deleted']

/** A log that has been written under `delete` is made a compacted one, and its cleaner begins. */
export const compactionCase: BenchCase = {
  name: 'log/compaction',
  words: '1 KB records, each key ten times: one partition is compacted',
  isQuick: true,
  products: brokers,
  async run({ product }, bench) {
    const target = await startTarget(product, { 'log.cleaner.backoff.ms': BACKOFF_MS })
    return whileRunning(target, async () => {
      const bytes = bench.scale.bytes * SHARE
      await compact(target, bench, bytes * WARM_UP_SHARE)
      return compact(target, bench, bytes)
    })
  },
}

/** The topic stays until its broker goes. */
async function compact({ port, pid, dataDirectory }: Target, { load }: Bench, bytes: number): Promise<Metrics> {
  const keys = Math.floor(bytes / TIMES / VALUE_BYTES)
  const topic = `bench-${keys}-keys`
  const segmentBytes = Math.max(LEAST_SEGMENT_BYTES, Math.floor(bytes / SEGMENTS))
  const written = { 'cleanup.policy': 'delete', 'segment.bytes': String(segmentBytes) }
  await load.run('createTopic', { port, topic, partitions: 1, configs: written })
  const shape = { keys, times: TIMES, valueBytes: VALUE_BYTES, batchBytes: BATCH_BYTES }
  await load.run('fillWithKeys', { port, topic, ...shape })
  const toOffset = await syncSegments(join(dataDirectory, `${topic}-0`))
  const metrics = await withPeak([pid], async () => {
    const meter = new Meter(pid)
    const configs = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' }
    await load.run('alterTopic', { port, topic, configs })
    await untilClean(dataDirectory, topic, toOffset)
    const { mbPerS, cpuSPerGb } = meter.read(toOffset * VALUE_BYTES)
    return { mbPerS, cpuSPerGb }
  })
  const left = await load.run('keysLeft', { port, topic, keys, toOffset })
  if (left.records !== keys || left.wrongKeys > 0)
    throw new Error(
      `${left.records} records are left of ${keys} keys, of which ${left.wrongKeys} are not as they should be`,
    )
  return metrics
}

/**
 * Writes out what was produced, so that the disk has nothing else to do when the cleaner begins. Answers with the offset at
 * which the active segment begins, which no cleaner touches.
 */
async function syncSegments(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  for (const name of names) {
    const file = await open(join(directory, name), 'r+')
    await file.datasync()
    await file.close()
  }
  return Math.max(...names.map((name) => Number.parseInt(name, 10)))
}

/** Resolves when the cleaner has said that it is through, and the last file of before is gone. */
async function untilClean(dataDirectory: string, topic: string, toOffset: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  const isDone = async (): Promise<boolean> => {
    if ((await cleanedTo(dataDirectory, topic)) < toOffset) return false
    const names = await readdir(join(dataDirectory, `${topic}-0`))
    return !names.some((name) => UNFINISHED.some((suffix) => name.endsWith(suffix)))
  }
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error(`${topic} is not compacted after ${LIMIT_MS / 1_000} s`)
    await delay(POLL_MS)
  }
}

/** The first offset that no cleaning has reached, as Kafka's file of them has it: `topic partition offset` in each line. */
async function cleanedTo(dataDirectory: string, topic: string): Promise<number> {
  const text = await readFile(join(dataDirectory, 'cleaner-offset-checkpoint'), 'utf8').catch(() => '')
  const prefix = `${topic} 0 `
  const line = text.split('\n').find((one) => one.startsWith(prefix))
  return line === undefined ? 0 : Number(line.slice(prefix.length))
}
