import type { Anomaly } from './anomalies.ts'
import { pollsOf, sendsOf, type Work } from './history.ts'
import type { Analysis, Log } from './logs.ts'

/** Anomalies of single values: read where, by whom, and by right or not. */
export function* valueAnomalies(analysis: Analysis): Generator<Anomaly> {
  for (const log of analysis.logs.values()) {
    yield* inconsistentOffsets(log)
    yield* duplicates(log)
  }
  yield* misplaced(analysis)
  yield* lostWrites(analysis)
  yield* wrongReads(analysis)
}

function* inconsistentOffsets({ key, offsets }: Log): Generator<Anomaly> {
  for (const [offset, values] of offsets) {
    if (values.size === 1) continue
    yield { type: 'inconsistent-offsets', text: `${key}@${offset} is ${[...values].join(' and ')}` }
  }
}

/** Acknowledged at one offset, read at another. */
function* misplaced({ works, logs }: Analysis): Generator<Anomaly> {
  for (const work of works) {
    for (const { key, value, offset } of sendsOf(work)) {
      const read = logs.get(key)?.readOffsets.get(value)
      if (offset === null || read === undefined || read.has(offset)) continue
      const where = [...read].join(', ')
      yield { type: 'inconsistent-offsets', text: `${value} was acknowledged at ${key}@${offset} and read at ${where}` }
    }
  }
}

function* duplicates({ key, readOffsets }: Log): Generator<Anomaly> {
  for (const [value, offsets] of readOffsets) {
    if (offsets.size === 1) continue
    yield { type: 'duplicate', text: `${value} is in ${key} at ${[...offsets].sort((a, b) => a - b).join(', ')}` }
  }
}

/**
 * A value is lost when somebody has read beyond it, or everything before a point that is behind it, and nobody has ever
 * read it. One whose offset is unknown is lost when it was acknowledged before a reader began who left nothing out.
 */
function* lostWrites({ works, happened, logs, readers }: Analysis): Generator<Anomaly> {
  for (const work of works) {
    if (!happened.has(work)) continue
    const sends = sendsOf(work)
    const lost = sends.filter(({ key, value, offset }) => {
      const log = logs.get(key)
      if (log === undefined || readers.has(value)) return false
      if (offset !== null) return offset < log.highestRead || offset < log.readThrough
      return log.readThrough >= 0 && work.completedMs < log.readThroughMs
    })
    for (const { key, value, offset } of lost) {
      yield { type: 'lost-write', text: `${value} of ${nameOf(work)} at ${key}@${offset ?? '?'} was never read` }
    }
    if (lost.length === 0 || work.type !== 'transaction') continue
    const read = sends.filter(({ value }) => readers.has(value))
    if (read.length === 0) continue
    const missing = lost.map(({ value }) => value).join(', ')
    yield { type: 'G1b', text: `of ${nameOf(work)} ${read[0].value} was read, but ${missing} was not` }
  }
}

function* wrongReads({ works, writers }: Analysis): Generator<Anomaly> {
  for (const work of works) {
    for (const { atMs, records } of pollsOf(work)) {
      for (const [key, list] of records) {
        for (const { offset, value } of list) {
          const what = `${nameOf(work)} read ${value} at ${key}@${offset}`
          const writer = writers.get(value)
          if (writer === undefined) yield { type: 'unwritten', text: `${what}, which nobody has sent` }
          else if (writer === work) yield { type: 'precommitted-read', text: `${what}, its own` }
          else if (writer.outcome === 'fail') yield { type: 'G1a', text: `${what}, of ${nameOf(writer)}, which failed` }
          else if (atMs < writer.commitInvokedMs) {
            yield { type: 'dirty-read', text: `${what} before ${nameOf(writer)} had asked to commit it` }
          }
        }
      }
    }
  }
}

export function nameOf({ process, type, invokedMs }: Work): string {
  return `the ${type} of ${process} from ${invokedMs}`
}
