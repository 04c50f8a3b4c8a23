import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { coordinatorPartition } from '../../../protocol/hashes.ts'
import type { GroupContext, GroupState } from '../group/group-kind.ts'
import type { GroupShard } from '../group/group-shard.ts'
import type { GroupWords } from '../group/group-words.ts'
import { clientErrorCode } from '../runtime/client-error.ts'
import type { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { RequestId } from '../runtime/effects.ts'

/** Groups may know this much of the client behind a request. */
export interface GroupClient {
  readonly apiVersion: number
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
  /** Whether the client may know of a topic; absent: of all. */
  readonly mayDescribe?: (topic: string) => boolean
}

export type GroupRuntime = CoordinatorRuntime<GroupShard, GroupWords>
export type GroupOperation = (context: GroupContext, request: RequestId) => void

/** The way from a group's id to its shard, which all facades of the coordinator take. */
export class GroupShards {
  readonly #runtime: GroupRuntime
  readonly #partitionCount: () => number

  constructor(runtime: GroupRuntime, partitionCount: () => number) {
    this.#runtime = runtime
    this.#partitionCount = partitionCount
  }

  /** The partition of `__consumer_offsets` whose leader coordinates the group. */
  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.#partitionCount())
  }

  partitions(): number[] {
    return this.#runtime.partitions()
  }

  /** Runs an operation on the group's shard. Rejects with a code that clients of coordinators know. */
  async write<Response extends object>(groupId: string, operation: GroupOperation): Promise<Response> {
    try {
      return await this.writeTo<Response>(this.partitionFor(groupId), operation)
    } catch (error) {
      throw error instanceof KafkaError ? withClientCode(error) : error
    }
  }

  /** Rejects with the error of the operation, or the log's own. */
  writeTo<Response extends object>(partition: number, operation: GroupOperation): Promise<Response> {
    return this.#runtime.write<Response>(partition, (shard, { request, nowMs }) => {
      const context = shard.context(nowMs)
      operation(context, request)
      return context.effects
    })
  }

  /** Looks at the group's shard as it is committed. Rejects with the shard's own error. */
  read<T>(groupId: string, look: (state: GroupState, committedEpoch: number) => T): Promise<T> {
    return this.readFrom(this.partitionFor(groupId), look)
  }

  readFrom<T>(partition: number, look: (state: GroupState, committedEpoch: number) => T): Promise<T> {
    return this.#runtime.read(partition, ({ state }, epoch) => look(state, epoch))
  }

  /** As `read`; a `KafkaError` becomes an answer of its own. */
  async describe<T>(
    groupId: string,
    look: (state: GroupState, committedEpoch: number) => T,
    failed: (clientCode: number) => T,
  ): Promise<T> {
    try {
      return await this.read(groupId, look)
    } catch (error) {
      if (error instanceof KafkaError) return failed(clientErrorCode(error.code))
      throw error
    }
  }
}

/** Keeps the words where the code is for clients already. */
function withClientCode(error: KafkaError): KafkaError {
  const code = clientErrorCode(error.code)
  return code === error.code ? error : new KafkaError(code)
}

export function requireGroupId(groupId: string): void {
  if (groupId === '') throw new KafkaError(ErrorCode.INVALID_GROUP_ID)
}

export function isKafkaError(error: unknown, code: number): boolean {
  return error instanceof KafkaError && error.code === code
}
