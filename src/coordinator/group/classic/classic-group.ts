import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { RequestId } from '../../runtime/effects.ts'
import { type ClassicMember, type MemberProtocol, protocolMetadata, vote } from './classic-member.ts'
import { CONSUMER_PROTOCOL_TYPE, subscribedTopics } from './consumer-protocol.ts'

/** Kafka's names. A group that does not exist is described as Dead. */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

const VALID_PREVIOUS: Record<ClassicGroupState, readonly ClassicGroupState[]> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

const MAX_GENERATION = 0x7fff_ffff

/** A group starts from nothing, or from its last record in the log. */
export interface ClassicGroupSeed {
  readonly state: ClassicGroupState
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** Null in records of old brokers. */
  readonly stateTimestampMs: number | null
  readonly members: readonly ClassicMember[]
}

/**
 * A classic group between its records: who is in it, who is joining, which generation they are about to form. All of it
 * is soft state, built from the group's last record (`seed`) and lost with the coordinator; what must survive is written
 * when a leader's assignment arrives or the group becomes empty.
 */
export class ClassicGroup {
  readonly groupId: string
  /** Tells this group from an earlier or later one at work under its name; see `ClassicGroupKind.adopt`. */
  incarnation = 0
  state: ClassicGroupState
  /** Tells an initial rebalance from others: it waits for more members. */
  previousState: ClassicGroupState
  stateTimestampMs: number | null
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leaderId: string | null
  /** Another member joined during the initial rebalance, which is then prolonged. */
  newMemberAdded = false
  /** Null when they are not known: not a consumer group, or an unreadable subscription. */
  subscribedTopics: ReadonlySet<string> | null
  readonly members = new Map<string, ClassicMember>()
  /** Member ids that were given out and have not joined with them yet (KIP-394). */
  readonly pendingJoin = new Set<string>()
  /** Members that joined this generation and have not asked for their assignment yet. */
  readonly pendingSync = new Set<string>()
  readonly #staticMembers = new Map<string, string>()
  readonly #supporters = new Map<string, number>()
  #awaitingJoinCount = 0

  constructor(groupId: string, seed: ClassicGroupSeed) {
    this.groupId = groupId
    this.state = seed.state
    this.previousState = seed.state
    this.generationId = seed.generationId
    this.protocolType = seed.protocolType
    this.protocolName = seed.protocolName
    this.leaderId = seed.leaderId
    this.stateTimestampMs = seed.stateTimestampMs
    for (const member of seed.members) this.add(member, null)
    this.subscribedTopics = this.#computeSubscribedTopics()
  }

  static empty(groupId: string, nowMs: number): ClassicGroup {
    return new ClassicGroup(groupId, {
      state: 'Empty',
      generationId: 0,
      protocolType: null,
      protocolName: null,
      leaderId: null,
      stateTimestampMs: nowMs,
      members: [],
    })
  }

  get canRebalance(): boolean {
    return VALID_PREVIOUS.PreparingRebalance.includes(this.state)
  }

  get isConsumerGroup(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount
  }

  get hasAllMembersJoined(): boolean {
    return this.members.size === this.#awaitingJoinCount && this.pendingJoin.size === 0
  }

  /** The slowest member sets the pace. */
  get rebalanceTimeoutMs(): number {
    let timeoutMs = 0
    for (const member of this.members.values()) timeoutMs = Math.max(timeoutMs, member.rebalanceTimeoutMs)
    return timeoutMs
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId)
  }

  /** A group whose topics are unknown counts as subscribed to everything while it follows the consumer protocol. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics === null ? this.isConsumerGroup : this.subscribedTopics.has(topic)
  }

  transitionTo(state: ClassicGroupState, nowMs: number): void {
    if (!VALID_PREVIOUS[state].includes(this.state)) {
      throw new Error(`Group ${this.groupId} cannot go from ${this.state} to ${state}`)
    }
    this.previousState = this.state
    this.state = state
    this.stateTimestampMs = nowMs
  }

  add(member: ClassicMember, awaitingJoin: RequestId | null): void {
    const { memberId, groupInstanceId } = member
    if (groupInstanceId !== null) {
      if (this.#staticMembers.has(groupInstanceId)) {
        throw new Error(`Static member ${groupInstanceId} is already in group ${this.groupId}`)
      }
      this.#staticMembers.set(groupInstanceId, memberId)
    }
    if (this.members.size === 0) this.protocolType = member.protocolType
    this.leaderId ??= memberId
    this.members.set(memberId, member)
    this.#countSupport(member, 1)
    member.awaitingJoin = awaitingJoin
    if (awaitingJoin !== null) this.#awaitingJoinCount++
    this.pendingJoin.delete(memberId)
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) {
      this.members.delete(memberId)
      this.#countSupport(member, -1)
      if (member.awaitingJoin !== null) this.#awaitingJoinCount--
      if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId)
    }
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value ?? null
    this.pendingJoin.delete(memberId)
    this.pendingSync.delete(memberId)
  }

  /** A rejoining member: new protocols and timeouts, and (unless null) a parked JoinGroup. */
  update(
    member: ClassicMember,
    change: { protocols: readonly MemberProtocol[]; rebalanceTimeoutMs: number; sessionTimeoutMs: number },
    awaitingJoin: RequestId | null,
  ): void {
    this.#countSupport(member, -1)
    member.protocols = change.protocols
    this.#countSupport(member, 1)
    member.rebalanceTimeoutMs = change.rebalanceTimeoutMs
    member.sessionTimeoutMs = change.sessionTimeoutMs
    this.#awaitingJoinCount += Number(awaitingJoin !== null) - Number(member.awaitingJoin !== null)
    member.awaitingJoin = awaitingJoin
  }

  /** A static member is back under a new id, which takes the place of the old one. Returns the member as it is now. */
  replaceStatic(groupInstanceId: string, oldMemberId: string, newMemberId: string): ClassicMember {
    const old = this.members.get(oldMemberId)
    if (old === undefined) throw new Error(`Group ${this.groupId} has no member ${oldMemberId} to replace`)
    const renamed: ClassicMember = {
      ...old,
      memberId: newMemberId,
      awaitingJoin: null,
      awaitingSync: null,
      isNew: false,
    }
    if (old.awaitingJoin !== null) this.#awaitingJoinCount--
    this.members.delete(oldMemberId)
    this.members.set(newMemberId, renamed)
    if (this.isLeader(oldMemberId)) this.leaderId = newMemberId
    if (this.pendingSync.delete(oldMemberId)) this.pendingSync.add(newMemberId)
    this.#staticMembers.set(groupInstanceId, newMemberId)
    return renamed
  }

  /** Takes the member's parked JoinGroup, if there is one, in order to answer it. */
  takeJoin(member: ClassicMember): RequestId | null {
    const request = member.awaitingJoin
    if (request !== null) this.#awaitingJoinCount--
    member.awaitingJoin = null
    return request
  }

  takeSync(member: ClassicMember): RequestId | null {
    const request = member.awaitingSync
    member.awaitingSync = null
    return request
  }

  /** A leader that did not rejoin loses its role to one that did. False when nobody has joined. */
  electLeaderAmongJoined(): boolean {
    if (this.leaderId === null) return false
    if (this.members.get(this.leaderId)?.awaitingJoin != null) return true
    for (const member of this.members.values()) {
      if (member.awaitingJoin === null) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  /** Throws UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID for a static member that was replaced. */
  validateMember(memberId: string, groupInstanceId: string | null): ClassicMember {
    if (groupInstanceId !== null) {
      const existing = this.#staticMembers.get(groupInstanceId)
      if (existing === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
      if (existing !== memberId) throw new KafkaError(ErrorCode.FENCED_INSTANCE_ID)
    }
    const member = this.members.get(memberId)
    if (member === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
    return member
  }

  supportsProtocols(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0
    return (
      this.protocolType === protocolType &&
      protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === this.members.size)
    )
  }

  /** The protocol that most members like best among those that all support. */
  selectProtocol(): string {
    if (this.members.size === 0) throw new Error(`Group ${this.groupId} is empty and selects no protocol`)
    const candidates = new Set<string>()
    for (const [name, count] of this.#supporters) if (count === this.members.size) candidates.add(name)
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const choice = vote(member, candidates)
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].reduce((best, other) => (other[1] > best[1] ? other : best))[0]
  }

  /** The members that have joined become the next generation. */
  initNextGeneration(nowMs: number): void {
    this.generationId = this.generationId === MAX_GENERATION ? 0 : this.generationId + 1
    this.protocolName = this.members.size > 0 ? this.selectProtocol() : null
    this.subscribedTopics = this.#computeSubscribedTopics()
    this.transitionTo(this.members.size > 0 ? 'CompletingRebalance' : 'Empty', nowMs)
    this.pendingSync.clear()
  }

  #computeSubscribedTopics(): ReadonlySet<string> | null {
    if (!this.isConsumerGroup) return null
    if (this.members.size === 0) return new Set()
    if (this.protocolName === null) return null
    const topics = new Set<string>()
    for (const member of this.members.values()) {
      const subscription = subscribedTopics(protocolMetadata(member, this.protocolName))
      if (subscription === null) return null
      for (const topic of subscription) topics.add(topic)
    }
    return topics
  }

  #countSupport(member: ClassicMember, by: 1 | -1): void {
    for (const name of new Set(member.protocols.map((protocol) => protocol.name))) {
      const count = (this.#supporters.get(name) ?? 0) + by
      if (count === 0) this.#supporters.delete(name)
      else this.#supporters.set(name, count)
    }
  }
}
