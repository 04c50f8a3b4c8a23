/** Members of groups that no JavaScript client has: they join, own what they are given, and stay. */

import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/messages/consumer-group-heartbeat.ts'
import {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponse,
} from '../../protocol/messages/share-group-heartbeat.ts'
import {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
} from '../../protocol/messages/streams-group-heartbeat.ts'
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import { commitOffsets } from '../../src/client/admin/group-offsets.ts'
import { coordinatorOf } from '../../src/client/admin/groups.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { eventually } from '../support/wait.ts'

export interface Member {
  /** Sends a heartbeat; resolves to whether it has an assignment. */
  beat(client: ClusterClient): Promise<boolean>
}

const EVERY_MS = 1_000

export class Members {
  readonly #client: ClusterClient
  readonly #timers: NodeJS.Timeout[] = []

  constructor(bootstrapServers: string) {
    const [host = '', port = ''] = bootstrapServers.split(':')
    this.#client = new ClusterClient({
      environment: nodeEnvironment(),
      bootstrapServers: [{ host, port: Number(port) }],
      clientId: 'members',
    })
  }

  /** Resolves when the member has its assignment; it stays until `close`. */
  async start(member: Member): Promise<void> {
    await eventually('an assignment', () => member.beat(this.#client))
    this.#timers.push(setInterval(() => void member.beat(this.#client).catch(() => {}), EVERY_MS))
  }

  /** The offsets of a group without members, as a tool sets them. */
  async commit(groupId: string, topic: string, partitionCount: number, offset: number): Promise<void> {
    const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition, offset }))
    await commitOffsets(this.#client, groupId, partitions)
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#client.close()
  }
}

abstract class Beating implements Member {
  protected epoch = 0
  readonly groupId: string
  protected readonly memberId: string
  protected readonly topics: readonly string[]

  constructor(groupId: string, memberId: string, topics: readonly string[]) {
    this.groupId = groupId
    this.memberId = memberId
    this.topics = topics
  }

  abstract beat(client: ClusterClient): Promise<boolean>

  protected send<Q extends MessageSchema, S extends MessageSchema>(
    client: ClusterClient,
    request: Q,
    response: S,
    fields: object,
  ): Promise<Decoded<S>> {
    const { groupId, memberId, epoch: memberEpoch } = this
    return client.request(coordinatorOf(groupId), request, response, {
      groupId,
      memberId,
      memberEpoch,
      ...fields,
    } as never)
  }
}

export class ConsumerMember extends Beating {
  #owned: object[] = []

  override async beat(client: ClusterClient): Promise<boolean> {
    const { memberEpoch, assignment } = await this.send(
      client,
      ConsumerGroupHeartbeatRequest,
      ConsumerGroupHeartbeatResponse,
      {
        ...(this.epoch === 0 && { subscribedTopicNames: this.topics, rebalanceTimeoutMs: 60_000 }),
        topicPartitions: this.#owned,
      },
    )
    this.epoch = memberEpoch
    if (assignment !== null) this.#owned = assignment.topicPartitions
    return this.#owned.length > 0
  }
}

export class ShareMember extends Beating {
  #owns = false

  override async beat(client: ClusterClient): Promise<boolean> {
    const { memberEpoch, assignment } = await this.send(
      client,
      ShareGroupHeartbeatRequest,
      ShareGroupHeartbeatResponse,
      {
        subscribedTopicNames: this.epoch === 0 ? this.topics : null,
      },
    )
    this.epoch = memberEpoch
    if (assignment !== null) this.#owns = assignment.topicPartitions.length > 0
    return this.#owns
  }
}

export class StreamsMember extends Beating {
  #tasks: object = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
  #owns = false

  override async beat(client: ClusterClient): Promise<boolean> {
    const lists = {
      sourceTopicRegex: [],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    }
    const store = { name: `${this.groupId}-totals-changelog`, partitions: 0, replicationFactor: 0, topicConfigs: [] }
    const subtopology = { subtopologyId: '0', sourceTopics: this.topics, stateChangelogTopics: [store], ...lists }
    const answer = await this.send(client, StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse, {
      ...(this.epoch === 0 && {
        topology: { epoch: 0, subtopologies: [subtopology] },
        rebalanceTimeoutMs: 60_000,
        processId: `process-${this.groupId}`,
      }),
      endpointInformationEpoch: -1,
      ...this.#tasks,
    })
    this.epoch = answer.memberEpoch
    const { activeTasks, standbyTasks, warmupTasks } = answer
    if (activeTasks !== null) {
      this.#tasks = { activeTasks, standbyTasks, warmupTasks }
      this.#owns = activeTasks.length > 0
    }
    return this.#owns
  }
}
