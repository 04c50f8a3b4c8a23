import { setTimeout as delay } from 'node:timers/promises'
import { BatchBuilder } from '../../../protocol/records/build.ts'
import { Connection } from './connection.ts'
import { checkProduced, produceFrame } from './produce.ts'
import { readRecords } from './read-records.ts'

export interface StateJob {
  port: number
  topic: string
  keys: number
  valueBytes: number
  recordsPerS: number
  seconds: number
}

export interface StateResult {
  produced: number
  /** Records that compaction has left. */
  kept: number
  /** Keys whose last record is not the last one that was acknowledged. */
  wrongKeys: number
}

const recordsPerBatch = 100

/** Writes a few keys again and again to a compacted topic, then reads what is left: the last value of each key. */
export async function soakState(job: StateJob): Promise<StateResult> {
  const connection = await Connection.open(job.port)
  const last = await produceKeys(job, connection)
  const found = new Int32Array(job.keys).fill(-1)
  let kept = 0
  await readRecords(connection, job.topic, Number.POSITIVE_INFINITY, ({ key, value }) => {
    kept++
    found[Number(key)] = Number.parseInt(String(value), 10)
  })
  connection.close()
  const wrongKeys = found.reduce((count, sequence, key) => count + (sequence === last.sequences[key] ? 0 : 1), 0)
  return { produced: last.produced, kept, wrongKeys }
}

async function produceKeys(job: StateJob, connection: Connection) {
  const sequences = new Int32Array(job.keys).fill(-1)
  const startedAtMs = performance.now()
  let produced = 0
  for (;;) {
    const elapsedS = (performance.now() - startedAtMs) / 1_000
    if (elapsedS >= job.seconds) break
    if (produced >= elapsedS * job.recordsPerS) {
      await delay(5)
      continue
    }
    const builder = new BatchBuilder({})
    for (let index = 0; index < recordsPerBatch; index++, produced++) {
      // Steps of a prime reach every key, and no two neighbours share a batch.
      const key = (produced * 7_919) % job.keys
      sequences[key] = produced
      const value = Buffer.from(String(produced).padEnd(job.valueBytes))
      builder.append({ timestamp: Date.now(), key: Buffer.from(String(key)), value })
    }
    const frame = produceFrame(job.topic, -1, [0], builder.build())
    await new Promise<void>((resolve) => connection.send(frame, (answer) => checkProduced(answer, resolve)))
  }
  return { produced, sequences }
}
