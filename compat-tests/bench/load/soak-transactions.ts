import { setTimeout as delay } from 'node:timers/promises'
import { FetchResponse } from '../../../protocol/messages/fetch.ts'
import { OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { Connection } from './connection.ts'
import { FetchStream } from './fetch-stream.ts'
import { GroupMember } from './group-member.ts'
import { refuse } from './topics.ts'
import { TransactionalProducer } from './transactional-producer.ts'

export interface TransactionsJob {
  port: number
  topic: string
  perSecond: number
  seconds: number
}

export interface TransactionsResult {
  committed: number
  aborted: number
  /** Transactions of which a reader of committed records sees not all records once, or sees some although they are aborted. */
  wrong: number
  commits: number
  /** The offset that the group committed last and the one that it is told. */
  committedOffset: number
  fetchedOffset: number
}

const recordsEach = 10
const valueBytes = 100
/** One of so many is aborted. */
const abortedOneOf = 5
const commitEveryMs = 1_000
const heartbeatEveryMs = 3_000
const fetchBytes = 1_000_000
const READ_COMMITTED = 1

/** Transactions at a steady rate on one partition, which a group follows and commits; then all that is committed is read. */
export async function soakTransactions(job: TransactionsJob): Promise<TransactionsResult> {
  const group = await follow(job)
  const done = await runTransactions(job)
  const followed = await group.stop()
  const seen = await readCommitted(job, done)
  const wrong = seen.reduce((sum, count, index) => sum + (count === (isAborted(index) ? 0 : recordsEach) ? 0 : 1), 0)
  const aborted = Math.floor(done / abortedOneOf)
  return { committed: done - aborted, aborted, wrong, ...followed }
}

const isAborted = (index: number): boolean => index % abortedOneOf === abortedOneOf - 1

async function runTransactions({ port, topic, perSecond, seconds }: TransactionsJob): Promise<number> {
  const producer = await TransactionalProducer.open(port, `${topic}-producer`, topic)
  const startedAtMs = performance.now()
  let done = 0
  for (;;) {
    const elapsedS = (performance.now() - startedAtMs) / 1_000
    if (elapsedS >= seconds) break
    if (done >= elapsedS * perSecond) {
      await delay(5)
      continue
    }
    const value = Buffer.from(String(done).padEnd(valueBytes))
    await producer.run(0, value, recordsEach, !isAborted(done))
    done++
  }
  producer.close()
  return done
}

/** A group of one member at the tail of the partition, which commits where it is every second. */
async function follow({ port, topic }: TransactionsJob) {
  const group = `${topic}-group`
  const member = await GroupMember.join(port, group, topic)
  let position = 0
  let committedOffset = 0
  let commits = 0
  let committing: Promise<void> = Promise.resolve()
  const stream = await FetchStream.open({ port, topic, partition: 0, onAnswer: (next) => (position = next) })
  stream.ask(0)
  const commit = (): Promise<void> => {
    const offset = position
    return (committing = member.commit(offset).then(() => {
      committedOffset = offset
      commits++
    }))
  }
  const timers = [setInterval(commit, commitEveryMs), setInterval(() => void member.heartbeat(), heartbeatEveryMs)]
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      stream.close()
      await committing
      await commit()
      const fetchedOffset = await fetchOffset(port, group, topic)
      member.close()
      return { commits, committedOffset, fetchedOffset }
    },
  }
}

async function fetchOffset(port: number, groupId: string, name: string): Promise<number> {
  const connection = await Connection.open(port)
  const body = { groupId, topics: [{ name, partitionIndexes: [0] }] }
  const answer = await connection.ask(OffsetFetchResponse, 5, body)
  connection.close()
  refuse('a fetch of offsets', answer.errorCode)
  return Number(answer.topics[0].partitions[0].committedOffset)
}

/** How many records of each transaction a reader of committed records sees. */
async function readCommitted({ port, topic }: TransactionsJob, transactions: number): Promise<Uint32Array> {
  const connection = await Connection.open(port)
  const seen = new Uint32Array(transactions)
  let offset = 0n
  for (;;) {
    const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: fetchBytes }]
    const limits = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: fetchBytes, isolationLevel: READ_COMMITTED }
    const answer = await connection.ask(FetchResponse, 11, { ...limits, topics: [{ topic, partitions }] })
    const [partition] = answer.responses[0].partitions
    refuse('a fetch', partition.errorCode)
    // There is one producer, whose transactions follow each other: one is aborted from its first offset to its marker.
    const abortedFrom = new Set((partition.abortedTransactions ?? []).map(({ firstOffset }) => firstOffset))
    let isInAborted = false
    for (const { baseOffset, lastOffset, isControl, records } of decodeBatches(partition.records as Buffer)) {
      if (lastOffset < offset) continue
      offset = lastOffset + 1n
      if (isControl) isInAborted = false
      else {
        if (abortedFrom.has(baseOffset)) isInAborted = true
        if (!isInAborted) for (const { value } of records) seen[Number.parseInt(String(value), 10)]++
      }
    }
    if (offset >= partition.highWatermark) break
  }
  connection.close()
  return seen
}
