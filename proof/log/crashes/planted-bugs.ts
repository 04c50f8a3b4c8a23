/**
 * Bugs planted on purpose: the stories are worth something only if they find each of them. They are planted where the
 * log meets the disk, or in a method that is replaced; the log's own code stays as it is.
 */
import type { FileSystemError } from '../../../src/env/index.ts'
import { Flusher } from '../../../src/log/append/flusher.ts'
import { ProducerState } from '../../../src/log/producers/producer-state.ts'
import { Segment } from '../../../src/log/segment/segment.ts'
import { type Sabotage, withFile, withFiles } from '../../sim/seams.ts'
import { tellCleaningStory } from '../cleaner/story.ts'
import { tellStory } from './story.ts'

export interface PlantedBug {
  sabotage?: Sabotage
  /** Replaces a method of the log's own; the answer puts it back. */
  patch?: () => () => void
  /** The stories that are to find it; those of a log that is compacted have their own. */
  tell?: (seed: number, sabotage?: Sabotage) => Promise<unknown>
}

const LOG = /\/t-0\/\d{20}\.log$/
const nothing = async () => {}

export const PLANTED_BUGS: Readonly<Record<string, PlantedBug>> = {
  'acknowledges before it writes': {
    sabotage: withFile(LOG, (file, { clock }) => ({
      write: (buffers, position, done) => {
        const copies = buffers.map((buffer) => Buffer.from(buffer))
        clock.schedule(3, () => file.write(copies, position, () => {}))
        done(null)
      },
    })),
  },
  'does not cut a torn tail': {
    sabotage: withFile(LOG, () => ({ truncate: nothing })),
  },
  'takes every end for a clean stop': {
    sabotage: withFiles((files) => ({
      readFile: async (path) =>
        path.endsWith('/.kafka_cleanshutdown') ? Buffer.from('{"version":0,"brokerEpoch":-1}') : files.readFile(path),
      stat: async (path) =>
        path.endsWith('/.kafka_cleanshutdown')
          ? { sizeBytes: 30, isDirectory: false, modifiedMs: 0 }
          : files.stat(path),
    })),
  },
  'flushes nothing': {
    sabotage: withFile(LOG, () => ({ sync: nothing })),
  },
  'answers a flush before it is done': {
    sabotage: withFile(LOG, (file) => ({
      sync: async () => {
        file.sync().catch(() => {})
      },
    })),
  },
  'does not make names durable': {
    sabotage: withFiles(() => ({ syncDirectory: nothing })),
  },
  'forgives a failed flush': {
    sabotage: withFile(LOG, (file) => ({ sync: () => file.sync().catch(() => {}) })),
  },
  'forgives a full disk': {
    sabotage: withFile(LOG, (file) => ({
      write: (buffers, position, done) => file.write(buffers, position, (error) => done(withoutFull(error))),
    })),
  },
  'has an index ahead of the log': {
    sabotage: withFile(/\/t-0\/\d{20}\.index$/, (file) => ({
      write: (buffers, position, done) => file.write([ahead(Buffer.concat(buffers))], position, done),
    })),
  },
  'forgets where the log starts': {
    sabotage: withFile(/log-start-offset-checkpoint/, (file) => ({
      write: (_buffers, position, done) => file.write([Buffer.from('0\n0\n')], position, done),
    })),
  },
  'promises a recovery point that is not durable': {
    sabotage: withFile(/recovery-point-offset-checkpoint/, (file) => ({
      write: (buffers, position, done) => {
        const text = Buffer.concat(buffers).toString()
        const moved = text.replace(/^t 0 (\d+)$/m, (_, offset) => `t 0 ${Number(offset) + 10}`)
        file.write([Buffer.from(moved)], position, done)
      },
    })),
  },
  'refuses a batch that is in the log': {
    patch: () => {
      const { flushBatches } = Flusher.prototype
      Flusher.prototype.flushBatches = Flusher.prototype.flush
      return () => Object.assign(Flusher.prototype, { flushBatches })
    },
  },
  'forgets what was aborted before a step back': {
    patch: () => {
      const { persistIndexes } = Segment.prototype
      Segment.prototype.persistIndexes = async function (options) {
        if (!this.growing) await persistIndexes.call(this, options)
      }
      return () => Object.assign(Segment.prototype, { persistIndexes })
    },
  },
  'swaps in a segment that is not durable': {
    sabotage: withFile(/\.log\.(cleaned|swap)$/, () => ({ sync: nothing })),
    tell: tellCleaningStory,
  },
  'does not know a batch that was sent again': {
    patch: () => {
      const { duplicateOf, check } = ProducerState.prototype
      ProducerState.prototype.duplicateOf = () => undefined
      ProducerState.prototype.check = function (...batch) {
        try {
          check.apply(this, batch)
        } catch {
          // Out of order, as what has been here before is.
        }
      }
      return () => Object.assign(ProducerState.prototype, { duplicateOf, check })
    },
  },
}

function withoutFull(error: FileSystemError | null): FileSystemError | null {
  return error?.code === 'ENOSPC' ? null : error
}

/** Offset index entries of 8 bytes, each of them for a later position. */
function ahead(entries: Buffer): Buffer {
  for (let at = 4; at + 4 <= entries.length; at += 8) entries.writeInt32BE(entries.readInt32BE(at) + 120, at)
  return entries
}

/** The first seed that finds the bug and what it says; null when none up to `lastSeed` does. */
export async function findBug(bug: PlantedBug, lastSeed: number): Promise<{ seed: number; finding: string } | null> {
  const tell = bug.tell ?? ((seed, sabotage) => tellStory(seed, { sabotage }))
  const restore = bug.patch?.()
  try {
    for (let seed = 1; seed <= lastSeed; seed++) {
      try {
        await tell(seed, bug.sabotage)
      } catch (error) {
        return { seed, finding: (error as Error).message.split('\n')[0] }
      }
    }
    return null
  } finally {
    restore?.()
  }
}
