import { setTimeout as delay } from 'node:timers/promises'
import { ErrorCode } from '../../../protocol/errors.ts'
import { FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import type { Connection } from './connection.ts'
import { refuse } from './topics.ts'

/** The coordinator is loading, not there yet, or has moved: ask again. */
export const retriable: readonly number[] = [
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
]

/** Resolves when the group has a coordinator, for which a broker may have to create the topic of offsets. */
export async function findCoordinator(connection: Connection, group: string): Promise<void> {
  for (;;) {
    const { errorCode } = await connection.ask(FindCoordinatorResponse, 2, { key: group, keyType: 0 })
    if (errorCode === 0) return
    if (!retriable.includes(errorCode)) refuse('the search for a coordinator', errorCode)
    await delay(20)
  }
}
