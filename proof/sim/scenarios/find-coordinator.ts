import { ErrorCode } from '../../../protocol/errors.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import { passes, type SimClient, unexpected, untilAnswered } from '../client.ts'

const VERSION = 4

export const CoordinatorType = { GROUP: 0, TRANSACTION: 1 } as const

/** Until there is one; the first question makes the coordinators' topic. */
export async function findCoordinator(client: SimClient, keyType: number, key: string): Promise<void> {
  const body = { keyType, coordinatorKeys: [key] }
  await untilAnswered(client.environment, async () => {
    const { coordinators } = await client.request(FindCoordinatorRequest, FindCoordinatorResponse, VERSION, body)
    const { errorCode, host } = coordinators[0]
    if (errorCode === ErrorCode.NONE) return host
    if (!passes(errorCode)) throw unexpected('FindCoordinator', errorCode)
    return undefined
  })
}
