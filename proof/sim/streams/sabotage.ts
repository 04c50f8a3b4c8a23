import { GroupShard } from '../../../src/coordinator/group/group-shard.ts'
import type { TaskOwners } from '../../../src/coordinator/group/streams/current-assignment.ts'
import { StreamsGroup } from '../../../src/coordinator/group/streams/streams-group.ts'
import { HOLDS_NOTHING } from '../../../src/coordinator/group/streams/tasks.ts'
import { patched } from '../patched.ts'
import { losesWrites, type Sabotage } from '../seams.ts'
import { runStreams, type StreamsResult } from './scenario.ts'

export interface PlantedBug {
  readonly environment?: Sabotage
  /** Replaces methods of the broker's own; the answer puts them back. */
  readonly patch?: () => () => void
}

const NOBODY: TaskOwners = { active: () => undefined, standby: () => new Set(), warmup: () => new Set() }
/** Every so many times. */
const SELDOM = 9

/** Bugs planted on purpose: the judge of tasks is worth something only if it finds each of them. */
export const BROKEN_GROUPS: Readonly<Record<string, PlantedBug>> = {
  'gives tasks away that somebody has': { patch: patched(StreamsGroup.prototype, () => ({ owners: NOBODY })) },
  'forgets what members have to let go of': {
    patch: patched(StreamsGroup.prototype, ({ replay }) => ({
      replay(record) {
        const isAssignment = record.type === 'assignment' && record.value !== null
        const forgetful = isAssignment
          ? { ...record, value: { ...record.value, pendingRevocation: HOLDS_NOTHING } }
          : record
        replay.call(this, forgetful as typeof record)
      },
    })),
  },
  'gives a process the copy of what it has': {
    patch: patched(StreamsGroup.prototype, ({ target }) => ({
      target(memberId) {
        const tasks = target.call(this, memberId)
        return { ...tasks, standby: new Map([...tasks.standby, ...tasks.active]) }
      },
    })),
  },
  'keeps no copies': {
    patch: patched(StreamsGroup.prototype, ({ target }) => ({
      target(memberId) {
        return { ...target.call(this, memberId), standby: new Map() }
      },
    })),
  },
  'forgets a committed offset now and then': {
    patch: patched(GroupShard.prototype, ({ replay }) => {
      let count = 0
      return {
        replay(offset, producerId, record) {
          if (record.kind === 'offset' && ++count % SELDOM === 0) return
          replay.call(this, offset, producerId, record)
        },
      }
    }),
  },
  'loses a record of groups now and then': {
    environment: losesWrites(/__consumer_offsets-.*\.log$/),
  },
}

export async function runBrokenGroup(
  seed: number | string,
  { environment, patch }: PlantedBug,
): Promise<StreamsResult> {
  const restore = patch?.()
  try {
    return await runStreams(seed, { sabotage: environment })
  } finally {
    restore?.()
  }
}
