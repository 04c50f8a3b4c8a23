/** How far members are in the tasks of which they have state on their disks: who is furthest is the best standby. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { StreamsGroupHeartbeatRequest } from '../../../../protocol/messages/streams-group-heartbeat.ts'

/** Sums of the offsets of a task's changelogs, by subtopology id and partition. */
export type OffsetsByTask = ReadonlyMap<string, ReadonlyMap<number, bigint>>

export interface TaskOffsets {
  readonly offsets: OffsetsByTask
  readonly endOffsets: OffsetsByTask
}

const NONE: OffsetsByTask = new Map()
export const NO_OFFSETS: TaskOffsets = { offsets: NONE, endOffsets: NONE }

type Reported = NonNullable<StreamsGroupHeartbeatRequest['taskOffsets']>

/** A list that the member does not send is as it was before. Throws INVALID_REQUEST for a task that is in one twice. */
export function reportedOffsets(
  before: TaskOffsets,
  { taskOffsets, taskEndOffsets }: Pick<StreamsGroupHeartbeatRequest, 'taskOffsets' | 'taskEndOffsets'>,
): TaskOffsets {
  return {
    offsets: taskOffsets === null ? before.offsets : byTask(taskOffsets),
    endOffsets: taskEndOffsets === null ? before.endOffsets : byTask(taskEndOffsets),
  }
}

function byTask(reported: Reported): OffsetsByTask {
  const offsets = new Map<string, Map<number, bigint>>()
  for (const { subtopologyId, partition, offset } of reported) {
    const ofSubtopology = offsets.get(subtopologyId) ?? new Map<number, bigint>()
    if (ofSubtopology.has(partition)) {
      throw new KafkaError(
        ErrorCode.INVALID_REQUEST,
        `Task offsets contain a duplicate entry for subtopology ${subtopologyId} and partition ${partition}.`,
      )
    }
    offsets.set(subtopologyId, ofSubtopology.set(partition, offset))
  }
  return offsets
}

export function listed(offsets: OffsetsByTask): Reported {
  return [...offsets].flatMap(([subtopologyId, byPartition]) =>
    [...byPartition].map(([partition, offset]) => ({ subtopologyId, partition, offset })),
  )
}
