import { Dispatcher } from '../../../src/dispatch/dispatcher.ts'
import { Pending, Reply } from '../../../src/dispatch/reply.ts'
import { release, releaseAll, retain } from '../../../src/env/slab-pool.ts'
import { ProducerState } from '../../../src/log/producers/producer-state.ts'
import type { CrashMode } from '../disk.ts'
import { type Sabotage, withFile, withFiles } from '../seams.ts'
import { runScenario, type ScenarioResult } from './scenario.ts'

const nothing = async () => {}

export interface PlantedBug {
  /** The crash that brings it to light. */
  crashMode: CrashMode
  environment?: Sabotage
  /** Replaces a method of the broker's own; the answer puts it back. */
  patch?: () => () => void
}

/** Bugs planted on purpose: the simulation is worth something only if it finds each of them. */
export const PLANTED_BUGS: Readonly<Record<string, PlantedBug>> = {
  'acknowledges before it writes': {
    crashMode: 'kill',
    environment: withFile(/orders-.*\.log$/, (file, { clock }) => ({
      write: (buffers, position, done) => {
        // The caller may do with its buffers what it likes once it is told.
        const copies = buffers.map((buffer) => Buffer.from(buffer))
        clock.schedule(100, () => file.write(copies, position, () => {}))
        done(null)
      },
    })),
  },
  'does not cut the torn tail': {
    crashMode: 'kill',
    environment: withFile(/orders-.*\.log$/, () => ({ truncate: nothing })),
  },
  'loses a commit now and then': {
    crashMode: 'kill',
    environment: withFile(/__consumer_offsets-.*\.log$/, (file, { random }) => ({
      write: (buffers, position, done) => {
        if (random.integer(20) === 0) done(null)
        else file.write(buffers, position, done)
      },
    })),
  },
  'does not sync the metadata log': {
    crashMode: 'power',
    environment: withFile(/__cluster_metadata-0\/.*\.log$/, () => ({ sync: nothing })),
  },
  'does not sync directories': {
    crashMode: 'power',
    environment: withFiles(() => ({ syncDirectory: nothing })),
  },
  'does not know a batch that was sent again': {
    crashMode: 'kill',
    patch: () => {
      const { duplicateOf } = ProducerState.prototype
      ProducerState.prototype.duplicateOf = () => undefined
      return () => {
        ProducerState.prototype.duplicateOf = duplicateOf
      }
    },
  },
  'lets go of a request while its records are being written': {
    crashMode: 'kill',
    patch: () => {
      const { dispatch } = Dispatcher.prototype
      Dispatcher.prototype.dispatch = function (connection, frame, roomBytes) {
        const dispatched = dispatch.call(this, connection, frame, roomBytes)
        if (!(dispatched instanceof Pending)) return dispatched
        release(frame)
        const reply = dispatched.reply.then((settled) => {
          retain(frame)
          return settled
        })
        return new Pending(reply, dispatched.placed, dispatched.waitsByDesign)
      }
      return () => {
        Dispatcher.prototype.dispatch = dispatch
      }
    },
  },
  'lets go of records while the answer with them is leaving': {
    crashMode: 'kill',
    patch: () => {
      const { dispatch } = Dispatcher.prototype
      const lettingGo = ({ frame, lent, throttleTimeMs, closes, peer }: Reply): Reply => {
        releaseAll(lent)
        return new Reply(frame, [], throttleTimeMs, closes, peer)
      }
      Dispatcher.prototype.dispatch = function (connection, frame, roomBytes) {
        const dispatched = dispatch.call(this, connection, frame, roomBytes)
        if (!(dispatched instanceof Pending)) return lettingGo(dispatched)
        return new Pending(dispatched.reply.then(lettingGo), dispatched.placed, dispatched.waitsByDesign)
      }
      return () => {
        Dispatcher.prototype.dispatch = dispatch
      }
    },
  },
}

export async function runWithBug(seed: number | string, bug: PlantedBug): Promise<ScenarioResult> {
  const restore = bug.patch?.()
  try {
    return await runScenario(seed, { crashMode: bug.crashMode, sabotage: bug.environment })
  } finally {
    restore?.()
  }
}
