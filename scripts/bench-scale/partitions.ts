/** Many partitions with data on one broker: what a start, a stop and standing still cost. */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { BulkClient, batchOf } from './client.ts'

const PARTITIONS_PER_TOPIC = 1_000
const RECORDS_PER_PARTITION = 4
const RECORD_BYTES = 1_000
/** Work that a start leaves for later settles before the broker is called idle. */
const SETTLE_MS = 5_000
const IDLE_MS = 10_000
const TIMEOUT_MS = 300_000
const MOST_STOPS = 10
/** USER_HZ, which Linux has shown to every program for decades. */
const TICKS_PER_SECOND = 100

export interface PartitionsResult {
  fillMs: number
  firstStopMs: number
  firstStopClean: boolean
  startMs: number
  residentBytes: number
  /** Share of one core. */
  idleCpu: number
  stopMs: number
  startAfterKillMs: number
}

export async function measurePartitions(broker: BrokerProcess, count: number): Promise<PartitionsResult> {
  await broker.start({ timeoutMs: TIMEOUT_MS })
  const fillMs = await timed(() => fillPartitions(broker, count))
  let clean = false
  const stop = async () => {
    clean = (await broker.stop(TIMEOUT_MS)) === 0
  }
  const firstStopMs = await timed(stop)
  const firstStopClean = clean
  // A stop that was cut short keeps what it has closed: the next one has less to do.
  for (let stops = 1; !clean && stops < MOST_STOPS; stops++) {
    await broker.start({ timeoutMs: TIMEOUT_MS })
    await stop()
  }
  const startMs = await timedStart(broker)
  await delay(SETTLE_MS)
  const residentBytes = await broker.residentBytes()
  const idleCpu = await cpuShare(broker)
  const stopMs = await timed(stop)
  await broker.start({ timeoutMs: TIMEOUT_MS })
  await broker.kill()
  const startAfterKillMs = await timedStart(broker)
  return { fillMs, firstStopMs, firstStopClean, startMs, residentBytes, idleCpu, stopMs, startAfterKillMs }
}

async function fillPartitions(broker: BrokerProcess, count: number): Promise<void> {
  const client = new BulkClient(broker)
  const batch = batchOf(RECORDS_PER_PARTITION, RECORD_BYTES)
  for (let first = 0; first < count; first += PARTITIONS_PER_TOPIC) {
    const partitions = Math.min(PARTITIONS_PER_TOPIC, count - first)
    const name = `many-${first / PARTITIONS_PER_TOPIC}`
    await client.createTopic({ name, partitions })
    await client.produce(name, [...Array(partitions).keys()], batch)
  }
  client.close()
}

/** Over ten seconds, as a share of one core. */
export async function cpuShare(broker: BrokerProcess): Promise<number> {
  const before = await cpuSeconds(broker)
  await delay(IDLE_MS)
  return (((await cpuSeconds(broker)) - before) * 1_000) / IDLE_MS
}

/** User and system time of the process. */
async function cpuSeconds({ pid }: BrokerProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name of the program, in parentheses, may have spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export const timedStart = (broker: BrokerProcess): Promise<number> =>
  timed(() => broker.start({ timeoutMs: TIMEOUT_MS, everyMs: 5 }))

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}
