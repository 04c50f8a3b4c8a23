import { first } from '../../../protocol/collections/elements.ts'
import { grouped } from '../../../protocol/collections/grouped.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { DeleteGroupsResponse } from '../../../protocol/messages/delete-groups.ts'
import type { ListGroupsRequest } from '../../../protocol/messages/list-groups.ts'
import { deleteGroups, type ListedGroup, listGroups } from '../group/group-admin.ts'
import { type GroupShards, isKafkaError } from './group-shards.ts'
import type { ShareGroups } from './share-groups.ts'

/** ListGroups and DeleteGroups, for groups of all kinds. */
export class GroupAdministration {
  readonly #shards: GroupShards
  readonly #share: ShareGroups

  constructor(shards: GroupShards, share: ShareGroups) {
    this.#shards = shards
    this.#share = share
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

  /** The states of share groups go first: a group of which something is left elsewhere stays, and says why. */
  async delete(groupIds: readonly string[]): Promise<DeleteGroupsResponse['results']> {
    const byPartition = grouped(groupIds, (groupId) => this.#shards.partitionFor(groupId))
    const deleted = [...byPartition.values()].map((together) => this.#deleteTogether(together))
    return (await Promise.all(deleted)).flat()
  }

  /** Groups of one shard. */
  async #deleteTogether(groupIds: readonly string[]): Promise<DeleteGroupsResponse['results']> {
    const one = first(groupIds)
    const answer = (groupId: string, errorCode: number) => ({ groupId, errorCode, errorMessage: null })
    try {
      const refusals = await this.#share.deleteStates(one, groupIds)
      const refusalOf = (groupId: string) => refusals.get(groupId) ?? ErrorCode.NONE
      const isRefused = (groupId: string) => refusalOf(groupId) !== ErrorCode.NONE
      const refused = groupIds.filter(isRefused).map((groupId) => answer(groupId, refusalOf(groupId)))
      const left = groupIds.filter((groupId) => !isRefused(groupId))
      if (left.length === 0) return refused
      const { results } = await this.#shards.write<DeleteGroupsResponse>(one, (context, id) => {
        deleteGroups(context, left, id)
      })
      return [...refused, ...results]
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const { code } = error
      return groupIds.map((groupId) => answer(groupId, code))
    }
  }
}
