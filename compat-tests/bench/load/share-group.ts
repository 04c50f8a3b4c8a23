import { setTimeout as delay } from 'node:timers/promises'
import { FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import { IncrementalAlterConfigsResponse } from '../../../protocol/messages/incremental-alter-configs.ts'
import { Connection } from './connection.ts'
import { refuse } from './topics.ts'

const GROUP_RESOURCE = 32
const SET = 0
/** The coordinator is loading, not there yet, or has moved: ask again. */
const retriable: readonly number[] = [14, 15, 16]

/** Sets the group's `share.auto.offset.reset` to the earliest record, and waits until there is a coordinator for it. */
export async function prepareShareGroup(port: number, group: string): Promise<void> {
  const connection = await Connection.open(port)
  const configs = [{ name: 'share.auto.offset.reset', configOperation: SET, value: 'earliest' }]
  const resources = [{ resourceType: GROUP_RESOURCE, resourceName: group, configs }]
  const body = { resources, validateOnly: false }
  const answer = await connection.ask(IncrementalAlterConfigsResponse, 1, body)
  refuse('a configuration of a group', answer.responses[0].errorCode)
  for (;;) {
    const search = { key: group, keyType: 0 }
    const { errorCode } = await connection.ask(FindCoordinatorResponse, 2, search)
    if (errorCode === 0) break
    if (!retriable.includes(errorCode)) refuse('the search for a coordinator', errorCode)
    await delay(20)
  }
  connection.close()
}
