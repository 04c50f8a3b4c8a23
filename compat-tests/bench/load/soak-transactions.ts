import { setTimeout as delay } from 'node:timers/promises'
import { OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts'
import { Connection } from './connection.ts'
import { FetchStream } from './fetch-stream.ts'
import { GroupMember } from './group-member.ts'
import { READ_COMMITTED, readBatches } from './read-records.ts'
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
  await readBatches(connection, topic, READ_COMMITTED, Number.POSITIVE_INFINITY, (batches, abortedFrom) => {
    // There is one producer, whose transactions follow each other: one is aborted from its first offset to its marker.
    let isInAborted = false
    for (const { baseOffset, isControl, records } of batches) {
      if (abortedFrom.has(baseOffset)) isInAborted = true
      if (isControl) isInAborted = false
      else if (!isInAborted) for (const { value } of records) seen[Number.parseInt(String(value), 10)]++
    }
  })
  connection.close()
  return seen
}
