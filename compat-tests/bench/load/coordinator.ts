import { setTimeout as delay } from 'node:timers/promises'
import { FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import type { Connection } from './connection.ts'
import { refuse } from './topics.ts'

const FIND_COORDINATOR = 10
/** The coordinator is loading, not there yet, or has moved: ask again. */
export const retriable: readonly number[] = [14, 15, 16]

/** Resolves when the group has a coordinator, for which a broker may have to create the topic of offsets. */
export async function findCoordinator(connection: Connection, group: string): Promise<void> {
  for (;;) {
    const { errorCode } = await connection.ask(FIND_COORDINATOR, FindCoordinatorResponse, 2, { key: group, keyType: 0 })
    if (errorCode === 0) return
    if (!retriable.includes(errorCode)) refuse('the search for a coordinator', errorCode)
    await delay(20)
  }
}
