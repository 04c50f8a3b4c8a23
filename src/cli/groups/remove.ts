import { deleteOffsets } from '../../client/admin/group-offsets.ts'
import { deleteGroup, type GroupMember, removeMember } from '../../client/admin/groups.ts'
import { partitionName } from '../../client/admin/partitions.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { type Answer, wordsAnswer } from '../print/answer.ts'
import { plural } from '../print/quantity.ts'
import { sentence } from '../print/sentence.ts'
import { existingGroup } from './describe.ts'
import { partitionsNamed } from './reset.ts'

export async function deleteGroups({ client, words }: CommandContext): Promise<Answer> {
  const deleted: string[] = []
  const failures: string[] = []
  for (const groupId of words) {
    await deleteGroup(client, groupId).then(
      () => deleted.push(groupId),
      (error: unknown) => failures.push(sentence(error)),
    )
  }
  return wordsAnswer(
    deleted.map((groupId) => `Deleted ${groupId}.`),
    deleted.map((group) => ({ group, done: true })),
    failures,
  )
}

interface OffsetsOptions {
  readonly topic: readonly string[]
}

export async function forgetOffsets({ client, words, options }: CommandContext<OffsetsOptions>): Promise<Answer> {
  const [groupId = ''] = words
  const partitions = await partitionsNamed(client, options.topic)
  await deleteOffsets(client, groupId, partitions)
  const names = partitions.map(partitionName).join(', ')
  return wordsAnswer([`${groupId} has no offsets of ${names} any more.`], [{ group: groupId, partitions }])
}

interface MembersOptions {
  readonly memberId?: readonly string[]
  readonly instanceId?: readonly string[]
  readonly all?: boolean
}

export async function removeMembers({ client, words, options }: CommandContext<MembersOptions>): Promise<Answer> {
  const [groupId = ''] = words
  const { memberId = [], instanceId = [], all = false } = options
  if (!all && memberId.length + instanceId.length === 0) {
    throw new UsageError('Name members by --member-id or --instance-id, or give --all')
  }
  const group = await existingGroup(client, groupId)
  const isNamed = (member: GroupMember) =>
    all || memberId.includes(member.memberId) || (member.instanceId !== null && instanceId.includes(member.instanceId))
  const members = group.members.filter(isNamed)
  const known = new Set(members.flatMap((member) => [member.memberId, member.instanceId]))
  const unknown = [...memberId, ...instanceId].find((id) => !known.has(id))
  if (unknown !== undefined) throw new UsageError(`The group ${groupId} has no member ${unknown}`)
  for (const member of members) await removeMember(client, groupId, member)
  return wordsAnswer(
    [`${plural(members.length, 'member')} removed from ${groupId}.`],
    members.map((member) => ({ group: groupId, memberId: member.memberId, instanceId: member.instanceId })),
  )
}
