/** Share groups (KIP-932) as a kind of group. They commit no offsets: their progress lives with the share coordinator. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { GroupContext, GroupKind, KindDefinition } from '../group-kind.ts'
import type { TopicsChange } from '../group-topics.ts'
import { fenceMember, scheduleSession } from './fencing.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareGroups } from './share-groups.ts'
import { SHARE_RECORDS, type ShareGroupRecord } from './share-records.ts'
import type { ShareTimeout, ShareWords } from './share-words.ts'

class ShareGroupKind implements GroupKind<ShareGroup, ShareWords> {
  readonly #groups: ShareGroups

  constructor(groups: ShareGroups) {
    this.#groups = groups
  }

  replay(record: ShareGroupRecord): void {
    this.#groups.replay(record)
  }

  /** After a load every member has a whole session to show that it is still there. */
  loaded(context: GroupContext): void {
    for (const { groupId, members } of this.#groups.all()) {
      for (const memberId of members.keys()) scheduleSession(context, groupId, memberId)
    }
  }

  timedOut(context: GroupContext, { groupId, memberId }: ShareTimeout): void {
    const group = this.#groups.find(groupId)
    if (!group?.members.has(memberId)) return
    context.effects.note(`Member ${memberId} of share group ${groupId} is fenced: its session has ended`)
    fenceMember(context, group, memberId)
  }

  settled(): void {}

  topicsChanged(change: TopicsChange): void {
    this.#groups.topicsChanged(change)
  }

  stateName(group: ShareGroup, epoch: number): string {
    return group.state(epoch)
  }

  protocolType(): string {
    return 'share'
  }

  validateDelete(group: ShareGroup): number {
    return group.isEmpty ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
  }

  /** Its state at the share coordinator would be left behind. */
  makesRoom(): boolean {
    return false
  }

  isExpendable(): boolean {
    return false
  }

  tombstones(group: ShareGroup): ShareGroupRecord[] {
    return group.tombstones()
  }

  /** Its timers are its members', and those are gone; its soft state goes with its last tombstone. */
  forget(): void {}

  validateOffsetCommit(_context: GroupContext, group: ShareGroup): never {
    return noOffsets(group)
  }

  /** A share group has no committed offsets, and says so of each partition. */
  validateOffsetFetch(): void {}

  validateOffsetDelete(group: ShareGroup): void {
    noOffsets(group)
  }

  isSubscribedTo(group: ShareGroup, topic: string): boolean {
    return group.subscriptions.has(topic)
  }

  offsetExpiration(): null {
    return null
  }

  classicProtocol(): null {
    return null
  }
}

function noOffsets({ groupId }: ShareGroup): never {
  throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`)
}

export const SHARE_KIND: KindDefinition<ShareWords> = {
  format: SHARE_RECORDS,
  create: ({ share }) => new ShareGroupKind(share),
}
