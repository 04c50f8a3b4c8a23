import { ErrorCode } from '../../../protocol/errors.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../../protocol/messages/offset-commit.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts'
import {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
} from '../../../protocol/messages/streams-group-heartbeat.ts'
import type { Environment } from '../../../src/env/index.ts'
import { passes, SimClient, sleep, unexpected, unlessSilent } from '../client.ts'
import { FENCED } from '../scenarios/fenced.ts'
import { CoordinatorType, findCoordinator } from '../scenarios/find-coordinator.ts'
import type { History } from '../scenarios/history.ts'
import type { Task, TaskHistory, Told } from './task-history.ts'
import { SOURCE_SUBTOPOLOGY, topologyOf } from './topology.ts'

const VERSION = { heartbeat: 1, commit: 9, fetchOffsets: 9 } as const
const HEARTBEAT_INTERVAL_MS = 1000
/** Longer than members need to let go of tasks. */
export const REBALANCE_TIMEOUT_MS = 15_000

const STALE: ReadonlySet<number> = new Set([...FENCED, ErrorCode.STALE_MEMBER_EPOCH])

export interface StreamsMemberOptions {
  /** Unique in the world and over restarts: it is the id of the member. */
  readonly name: string
  readonly process: string
  readonly group: string
  readonly address: { host: string; port: number }
  readonly topic: string
  readonly history: History
  readonly tasks: TaskHistory
  /** The time of the world. */
  readonly nowMs: () => number
  readonly goesOn: () => boolean
}

const NOTHING: Told = { active: new Set(), standby: new Set() }

/** A thread of a Streams application: takes up tasks and lets go of them, and commits how far it is in those that it has. */
export async function process(environment: Environment, options: StreamsMemberOptions): Promise<void> {
  const member = new StreamsMember(environment, options)
  await member.begin()
  while (options.goesOn()) await member.turn()
}

class StreamsMember {
  readonly #environment: Environment
  readonly #options: StreamsMemberOptions
  readonly #client: SimClient
  #epoch = 0
  #owned: Told = NOTHING
  /** An answer was lost, and with it perhaps an assignment: the member says everything of itself again. */
  #saysAll = true
  readonly #positions = new Map<number, number>()

  constructor(environment: Environment, options: StreamsMemberOptions) {
    this.#environment = environment
    this.#options = options
    this.#client = new SimClient(environment, options.name, options.address)
  }

  begin(): Promise<void> {
    return findCoordinator(this.#client, CoordinatorType.GROUP, this.#options.group)
  }

  async turn(): Promise<void> {
    const { random } = this.#environment
    await this.#heartbeat()
    if (random.integer(60) === 0) return this.#leave()
    for (let i = random.integer(4); i > 0; i--) {
      await this.#commit()
      await sleep(this.#environment, random.integer(HEARTBEAT_INTERVAL_MS / 2))
    }
    await sleep(this.#environment, random.integer(HEARTBEAT_INTERVAL_MS))
  }

  async #heartbeat(): Promise<void> {
    const { tasks, name, process: processId, nowMs } = this.#options
    const saysAll = this.#saysAll || this.#epoch === 0
    this.#saysAll = true
    const owned = this.#epoch === 0 ? NOTHING : this.#owned
    if (saysAll) tasks.released(name, owned)
    const askedAtMs = nowMs()
    const answer = await this.#ask(this.#epoch, saysAll ? owned : null)
    if (answer === undefined) return tasks.unanswered(name, askedAtMs)
    const { errorCode, memberEpoch, activeTasks, standbyTasks } = answer
    if (FENCED.has(errorCode)) return this.#begin()
    if (errorCode !== ErrorCode.NONE) {
      if (!passes(errorCode)) throw unexpected('StreamsGroupHeartbeat', errorCode)
      return
    }
    this.#saysAll = false
    this.#epoch = memberEpoch
    tasks.alive(name, processId, memberEpoch, askedAtMs)
    if (activeTasks === null) return
    const told = { active: namesOf(activeTasks), standby: namesOf(standbyTasks ?? []) }
    tasks.assigned(name, told, nowMs())
    await this.#moveTo(told)
  }

  /** It lets go of what is not its own any more, which takes a while, and says so with the next heartbeat. */
  async #moveTo(told: Told): Promise<void> {
    const { random } = this.#environment
    const loses = [...this.#owned.active].some((task) => !told.active.has(task))
    if (loses && random.integer(3) === 0) await sleep(this.#environment, random.integer(2000))
    this.#owned = told
    this.#saysAll = true
    for (const partition of [...this.#positions.keys()]) {
      if (!told.active.has(`${SOURCE_SUBTOPOLOGY}_${partition}`)) this.#positions.delete(partition)
    }
  }

  #begin(): void {
    this.#options.tasks.lost(this.#options.name)
    this.#epoch = 0
    this.#owned = NOTHING
    this.#positions.clear()
  }

  /** It has let go of everything when it says so: the answer may be lost, and others have its tasks by then. */
  async #leave(): Promise<void> {
    const { tasks, name } = this.#options
    tasks.lost(name)
    if (this.#epoch > 0) await this.#ask(-1, null)
    this.#begin()
    await sleep(this.#environment, this.#environment.random.integer(3000))
  }

  async #ask(memberEpoch: number, owned: Told | null): Promise<StreamsGroupHeartbeatResponse | undefined> {
    const { group: groupId, name: memberId, process: processId, topic } = this.#options
    const joins = memberEpoch === 0
    const list = (which: 'active' | 'standby') => (owned === null ? null : listOf(owned[which]))
    const body = {
      groupId,
      memberId,
      memberEpoch,
      endpointInformationEpoch: 0,
      shutdownApplication: false,
      activeTasks: list('active'),
      standbyTasks: list('standby'),
      warmupTasks: owned === null ? null : [],
      ...(joins ? { processId, rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS, topology: topologyOf(topic) } : {}),
    }
    return unlessSilent(() =>
      this.#client.request(StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse, VERSION.heartbeat, body),
    )
  }

  /** Goes on in one of its partitions from what the group has committed, by some records. */
  async #commit(): Promise<void> {
    const { random } = this.#environment
    const { group: groupId, name: memberId, topic, history } = this.#options
    const partitions = [...this.#owned.active]
      .filter((task) => task.startsWith(`${SOURCE_SUBTOPOLOGY}_`))
      .map((task) => Number(task.slice(task.indexOf('_') + 1)))
    if (partitions.length === 0) return
    const partitionIndex = partitions[random.integer(partitions.length)] ?? 0
    const position = await this.#position(partitionIndex)
    if (position === null) return
    const next = position + 1 + random.integer(5)
    const answer = await unlessSilent(() =>
      this.#client.request(OffsetCommitRequest, OffsetCommitResponse, VERSION.commit, {
        groupId,
        memberId,
        generationIdOrMemberEpoch: this.#epoch,
        topics: [
          {
            name: topic,
            partitions: [{ partitionIndex, committedOffset: BigInt(next), committedMetadata: null }],
          },
        ],
      }),
    )
    const errorCode = answer?.topics[0]?.partitions[0]?.errorCode
    if (errorCode === ErrorCode.NONE) {
      history.commit(groupId, `${topic}-${partitionIndex}`, next)
      this.#positions.set(partitionIndex, next)
    } else {
      this.#positions.delete(partitionIndex)
      const isExpected = errorCode === undefined || STALE.has(errorCode) || passes(errorCode)
      if (!isExpected) throw unexpected('OffsetCommit', errorCode)
    }
  }

  /** As far as the member knows itself to be, or as the group has committed; null when that could not be had. */
  async #position(partition: number): Promise<number | null> {
    const known = this.#positions.get(partition)
    if (known !== undefined) return known
    const { group: groupId, name: memberId, topic, history } = this.#options
    const before = history.committed(groupId, `${topic}-${partition}`)
    const topics = [{ name: topic, partitionIndexes: [partition] }]
    const answer = await unlessSilent(() =>
      this.#client.request(OffsetFetchRequest, OffsetFetchResponse, VERSION.fetchOffsets, {
        groups: [{ groupId, memberId, memberEpoch: this.#epoch, topics }],
        requireStable: true,
      }),
    )
    const group = answer?.groups[0]
    if (group === undefined || STALE.has(group.errorCode) || passes(group.errorCode)) return null
    const found = group.topics[0]?.partitions[0]
    if (group.errorCode !== ErrorCode.NONE || found === undefined) throw unexpected('OffsetFetch', group.errorCode)
    if (found.errorCode !== ErrorCode.NONE) return null
    history.fetchedCommit(groupId, `${topic}-${partition}`, Number(found.committedOffset), before)
    return Math.max(0, Number(found.committedOffset))
  }
}

type Lists = readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[]

const namesOf = (lists: Lists): Set<Task> =>
  new Set(lists.flatMap(({ subtopologyId, partitions }) => partitions.map((one) => `${subtopologyId}_${one}`)))

function listOf(tasks: ReadonlySet<Task>): { subtopologyId: string; partitions: number[] }[] {
  const lists = new Map<string, number[]>()
  for (const task of tasks) {
    const [subtopologyId = '', partition] = task.split('_')
    lists.set(subtopologyId, [...(lists.get(subtopologyId) ?? []), Number(partition)])
  }
  return [...lists].map(([subtopologyId, partitions]) => ({ subtopologyId, partitions }))
}
