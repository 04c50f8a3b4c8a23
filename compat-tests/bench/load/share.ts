import { setTimeout as delay } from 'node:timers/promises'
import { Meter, type Throughput } from './meter.ts'
import { prepareShareGroup } from './share-group.ts'
import { type AcquiredBatch, recordsIn, ShareMember } from './share-member.ts'
import { type Latency, latency } from './statistics.ts'

export interface ShareJob {
  port: number
  brokerPid: number
  topic: string
  consumers: number
  recordBytes: number
  /**
   * `fetch`: what has come is accepted on the way of the next fetch, as Kafka's consumer does by default; `request`: by a
   * request of its own, whose answer is awaited (commitSync), and measured.
   */
  acknowledge: 'fetch' | 'request'
  /** All members together take no more than this; null: as much as the broker gives. */
  bytesPerSecond: number | null
  /** So many groups take `bytes` before the one that is measured, each as much as the broker gives. */
  warmUpGroups: number
  bytes: number
}

const HEARTBEAT_MS = 3_000
let groups = 0

/** Share groups read the topic from its beginning, one after the other; what the last one takes is measured. */
export async function share(job: ShareJob): Promise<Throughput & Partial<Latency>> {
  for (let i = 0; i < job.warmUpGroups; i++) {
    await asGroup(job, (members) => work({ ...job, bytesPerSecond: null }, members, []))
  }
  return asGroup(job, async (members) => {
    const meter = new Meter(job.brokerPid)
    const samplesMs: number[] = []
    const measured = meter.read(await work(job, members, samplesMs))
    return samplesMs.length === 0 ? measured : { ...measured, ...latency(samplesMs) }
  })
}

/** The members of a new group, each with a connection for its records, one request on the way. */
async function asGroup<T>(job: ShareJob, use: (members: readonly ShareMember[]) => Promise<T>): Promise<T> {
  const group = `workers-${process.pid}-${++groups}`
  await prepareShareGroup(job.port, group)
  const members: ShareMember[] = []
  for (let i = 0; i < job.consumers; i++) {
    members.push(await ShareMember.open(job.port, { group, topic: job.topic, memberId: `${group}-${i}` }))
  }
  await Promise.all(members.map((member) => member.join()))
  const beating = setInterval(() => {
    for (const member of members) void member.heartbeat()
  }, HEARTBEAT_MS)
  try {
    return await use(members)
  } finally {
    clearInterval(beating)
    for (const member of members) member.close()
  }
}

/** Until all together have `bytes`; answers how many these are. */
async function work(
  { acknowledge, recordBytes, bytesPerSecond, bytes }: ShareJob,
  members: readonly ShareMember[],
  samplesMs: number[],
): Promise<number> {
  let total = 0
  const startedAtMs = performance.now()
  const itsTurn = async () => {
    if (bytesPerSecond === null) return
    const dueMs = startedAtMs + (total / bytesPerSecond) * 1_000
    if (dueMs > performance.now()) await delay(dueMs - performance.now())
  }
  const one = async (member: ShareMember) => {
    let held: AcquiredBatch[] = []
    while (total < bytes) {
      await itsTurn()
      held = await member.fetch(held)
      total += recordBytes * recordsIn(held)
      if (acknowledge === 'fetch' || held.length === 0) continue
      const sentAtMs = performance.now()
      await member.accept(held)
      samplesMs.push(performance.now() - sentAtMs)
      held = []
    }
    if (held.length > 0) await member.accept(held)
  }
  await Promise.all(members.map(one))
  return total
}
