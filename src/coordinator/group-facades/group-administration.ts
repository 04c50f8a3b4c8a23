import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { DeleteGroupsResponse } from '../../../protocol/messages/delete-groups.ts'
import type { ListGroupsRequest } from '../../../protocol/messages/list-groups.ts'
import { deleteGroups, type ListedGroup, listGroups } from '../group/group-admin.ts'
import { type GroupShards, isKafkaError } from './group-shards.ts'

/** ListGroups and DeleteGroups, for groups of all kinds. */
export class GroupAdministration {
  readonly #shards: GroupShards

  constructor(shards: GroupShards) {
    this.#shards = shards
  }

  /** The groups of all shards here; those that are being loaded make the whole answer an error. */
  async list(request: ListGroupsRequest): Promise<ListedGroup[]> {
    const listed = this.#shards.partitions().map(async (partition) => {
      try {
        return await this.#shards.readFrom(partition, (state, epoch) => listGroups(state, request, epoch))
      } catch (error) {
        if (isKafkaError(error, ErrorCode.NOT_COORDINATOR)) return []
        throw error
      }
    })
    return (await Promise.all(listed)).flat()
  }

  async delete(groupIds: readonly string[]): Promise<DeleteGroupsResponse['results']> {
    const byPartition = new Map<number, { first: string; ids: string[] }>()
    for (const groupId of groupIds) {
      const partition = this.#shards.partitionFor(groupId)
      const together = byPartition.get(partition)
      if (together === undefined) byPartition.set(partition, { first: groupId, ids: [groupId] })
      else together.ids.push(groupId)
    }
    const deleted = [...byPartition.values()].map(async ({ first, ids }) => {
      try {
        const answer = await this.#shards.write<DeleteGroupsResponse>(first, (context, id) => {
          deleteGroups(context, ids, id)
        })
        return answer.results
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        const errorCode = error.code
        return ids.map((groupId) => ({ groupId, errorCode, errorMessage: null }))
      }
    })
    return (await Promise.all(deleted)).flat()
  }
}
