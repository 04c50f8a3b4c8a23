import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../../protocol/messages/offset-commit.ts'
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../../../protocol/messages/offset-delete.ts'
import type { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../../protocol/messages/txn-offset-commit.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { commitOffsets, deleteOffsets, deleteOffsetsOfTopics } from '../group/offsets/offset-commit.ts'
import { type FetchedGroup, type FetchedOffsets, fetchOffsets } from '../group/offsets/offset-fetch.ts'
import { commitTransactionalOffsets } from '../group/offsets/txn-offset-commit.ts'
import { clientErrorCode } from '../runtime/client-error.ts'
import { LATEST } from '../runtime/timeline.ts'
import { type GroupShards, requireGroupId } from './group-shards.ts'

/** The offsets that groups of all kinds have committed. */
export class GroupOffsets {
  readonly #shards: GroupShards

  constructor(shards: GroupShards) {
    this.#shards = shards
  }

  /** Topics of the request have both name and id, as far as there is one. */
  commit(apiVersion: number, request: OffsetCommitRequest): Promise<Encodable<typeof OffsetCommitResponse>> {
    return this.#shards.write(request.groupId, (context, id) => commitOffsets(context, request, apiVersion, id))
  }

  /** Commits offsets as a part of the producer's transaction: they count once its marker says so. */
  commitTransactional(
    apiVersion: number,
    request: TxnOffsetCommitRequest,
    verificationGuard: object | null | undefined,
  ): Promise<Encodable<typeof TxnOffsetCommitResponse>> {
    return this.#shards.write(request.groupId, (context, id) =>
      commitTransactionalOffsets(context, { apiVersion, request, verificationGuard }, id),
    )
  }

  /** Offsets as they are committed, or with `requireStable` as they are once everything under way is. */
  async fetch(group: FetchedGroup, requireStable: boolean): Promise<FetchedOffsets> {
    if (!requireStable) {
      return this.#shards.read(group.groupId, (state, epoch) => fetchOffsets(state, group, false, epoch))
    }
    const partition = this.#shards.partitionFor(group.groupId)
    try {
      return await this.#shards.writeTo<FetchedOffsets>(partition, ({ state, effects }, id) => {
        effects.reply(id, fetchOffsets(state, group, true, LATEST))
      })
    } catch (error) {
      // Consumers retry an offset fetch on NOT_COORDINATOR; Kafka gives it here where others get NOT_AVAILABLE.
      const code = error instanceof KafkaError ? clientErrorCode(error.code) : null
      if (code === null) throw error
      const isLogError = code === ErrorCode.COORDINATOR_NOT_AVAILABLE
      throw new KafkaError(isLogError ? ErrorCode.NOT_COORDINATOR : code)
    }
  }

  async delete(request: OffsetDeleteRequest): Promise<Encodable<typeof OffsetDeleteResponse>> {
    requireGroupId(request.groupId)
    return this.#shards.write(request.groupId, (context, id) => deleteOffsets(context, request, id))
  }

  /** Topics were deleted: so are the offsets that groups had in them. Resolves when that is committed. */
  async onTopicsDeleted(topics: readonly { readonly name: string; readonly topicId: string }[]): Promise<void> {
    if (topics.length === 0) return
    const cleaned = this.#shards.partitions().map(async (partition) => {
      try {
        await this.#shards.writeTo(partition, (context, id) => {
          deleteOffsetsOfTopics(context, topics)
          context.effects.reply(id, {})
        })
      } catch (error) {
        // A shard that is loaded later finds offsets of an unknown topic, as Kafka's does; retention removes them.
        if (!(error instanceof KafkaError)) throw error
      }
    })
    await Promise.all(cleaned)
  }
}
