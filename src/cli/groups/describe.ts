import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { type DescribedGroup, describeGroup, type GroupMember } from '../../client/admin/groups.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { CommandContext } from '../cluster/context.ts'
import { type Answer, type Column, type Section, tableSection } from '../print/answer.ts'
import { stateTone } from './list.ts'
import { type GroupOffset, groupOffsets } from './offsets.ts'

export async function describeGroups({ client, words }: CommandContext): Promise<Answer> {
  const sections: Section[] = []
  const json: object[] = []
  for (const groupId of words) {
    const group = await existingGroup(client, groupId)
    const offsets = await groupOffsets(client, group)
    sections.push(...groupSections(group, offsets))
    json.push({ ...group, offsets })
  }
  return { sections, json }
}

export async function existingGroup(client: ClusterClient, groupId: string): Promise<DescribedGroup> {
  const group = await describeGroup(client, groupId)
  if (group === null) throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `There is no group ${groupId}`)
  return group
}

function groupSections(group: DescribedGroup, offsets: readonly GroupOffset[]): Section[] {
  const lag = offsets.reduce((sum, each) => sum + (each.lag ?? 0), 0)
  const head: Section = {
    heading: group.groupId,
    facts: [
      ['type', group.type],
      ['state', group.state, stateTone(group.state)],
      ['coordinator', `broker ${group.coordinator}`],
      ['assignor', group.assignor],
      ['epoch', group.epoch],
      ['members', group.members.length],
      ['lag', lag, lag > 0 ? 'warn' : 'good'],
    ],
  }
  const members = tableSection({ columns: memberColumns(group), rows: group.members, empty: 'no members' })
  return [head, members, tableSection({ columns: OFFSET_COLUMNS, rows: offsets, empty: 'no offsets' })]
}

const memberColumns = ({ members }: DescribedGroup): Column<GroupMember>[] => [
  { title: 'MEMBER', of: ({ memberId }) => memberId, tone: () => 'name' },
  ...(members.some(({ instanceId }) => instanceId !== null)
    ? [{ title: 'INSTANCE', of: ({ instanceId }: GroupMember) => instanceId }]
    : []),
  { title: 'CLIENT', of: ({ clientId }) => clientId },
  { title: 'HOST', of: ({ host }) => host.replace(/^\//, '') },
  ...(members.some(({ epoch }) => epoch !== null) ? [{ title: 'EPOCH', of: ({ epoch }: GroupMember) => epoch }] : []),
  {
    title: 'ASSIGNMENT',
    of: ({ assignment }) => assignment.map(({ topic, partitions }) => `${topic}:${partitions.join(',')}`).join(' '),
  },
]

const OFFSET_COLUMNS: readonly Column<GroupOffset>[] = [
  { title: 'TOPIC', of: ({ topic }) => topic, tone: () => 'name' },
  { title: 'PARTITION', of: ({ partition }) => partition },
  { title: 'OFFSET', of: ({ offset }) => offset },
  { title: 'END', of: ({ endOffset }) => endOffset },
  { title: 'LAG', of: ({ lag }) => lag, tone: ({ lag }) => (lag !== null && lag > 0 ? 'warn' : null) },
]
