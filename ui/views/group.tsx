import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { GroupDetail, GroupPartition, InFlightRun } from '../../src/web/page/model.ts'
import { path, remove } from '../lib/api.ts'
import { compact, count, placesText, plural, ranges } from '../lib/format.ts'
import { go, link, useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, DeleteDialog, Facts, Head, State, Tabs } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say } from '../parts/toast.tsx'
import { ResetDialog } from './reset-offsets.tsx'
import { Lag } from './topic.tsx'

export function Group({ groupId, tab = 'partitions' }: { groupId: string; tab?: string }): JSX.Element {
  const group = useFetch<GroupDetail>(`/groups${path(groupId)}`, 3_000)
  const [dialog, setDialog] = useState<'reset' | 'delete' | null>(null)
  const { whyNot } = useRights()
  const { data } = group
  const tabs = [
    'partitions',
    'members',
    ...(data?.type === 'share' ? ['in-flight'] : []),
    ...(data?.type === 'streams' ? ['topology'] : []),
  ]
  const lag = data?.partitions.reduce((sum, each) => sum + Math.max(0, each.lag), 0) ?? 0
  const isBusy = data !== null && data.members.length > 0 ? 'Its members are at work: stop them first' : null
  return (
    <>
      <Head
        title={groupId}
        crumb={{ title: 'Groups', href: link('groups') }}
        note={data && `${data.type} group, ${plural(data.members.length, 'member')}, ${compact(lag)} behind`}
      >
        {data && <State state={data.state} />}
        <Action whyNot={isBusy ?? whyNot('READ', data?.operations ?? [])} onClick={() => setDialog('reset')}>
          Reset offsets
        </Action>
        <Action
          tone="danger"
          whyNot={isBusy ?? whyNot('DELETE', data?.operations ?? [])}
          onClick={() => setDialog('delete')}
        >
          Delete
        </Action>
      </Head>
      <Tabs base={['groups', groupId]} tabs={tabs} at={tab} />
      <Awaited of={group}>
        {(group) => (
          <>
            {tab === 'partitions' && <Partitions group={group} />}
            {tab === 'members' && <Members group={group} />}
            {tab === 'in-flight' && <InFlight groupId={groupId} />}
            {tab === 'topology' && <Topology group={group} />}
          </>
        )}
      </Awaited>
      {dialog === 'reset' && data && <ResetDialog group={data} onClose={() => setDialog(null)} onDone={group.reload} />}
      {dialog === 'delete' && (
        <DeleteDialog
          what="a group"
          name={groupId}
          warning="The group forgets its offsets: consumers with this id begin anew."
          onClose={() => setDialog(null)}
          onDelete={async () => {
            await remove(`/groups${path(groupId)}`)
            say(`${groupId} was deleted`)
            go('groups')
          }}
        />
      )}
    </>
  )
}

function Partitions({ group }: { group: GroupDetail }): JSX.Element {
  const clientOf = new Map(group.members.map(({ memberId, clientId }) => [memberId, clientId]))
  const columns: Column<GroupPartition>[] = [
    {
      title: 'Topic',
      width: 'minmax(7rem, 2fr)',
      by: (row) => row.topic,
      cell: (row) => <span class="line">{row.topic}</span>,
    },
    { title: 'Part.', width: '4rem', right: true, by: (row) => row.partition, cell: (row) => row.partition },
    {
      title: group.type === 'share' ? 'Begins at' : 'Committed',
      width: '7rem',
      right: true,
      from: 'medium',
      by: (row) => row.committed,
      cell: (row) => count(row.committed),
    },
    { title: 'End', width: '7rem', right: true, from: 'medium', by: (row) => row.end, cell: (row) => count(row.end) },
    { title: 'Lag', width: '6rem', right: true, by: (row) => row.lag, cell: (row) => <Lag lag={row.lag} /> },
    { title: 'Read', width: '7rem', from: 'wide', cell: (row) => <Progress row={row} /> },
    {
      title: 'Member',
      width: 'minmax(6rem, 1.5fr)',
      from: 'medium',
      by: (row) => row.member ?? '',
      cell: (row) => (
        <span class="line muted" title={row.member ?? ''}>
          {row.member === null ? 'nobody' : (clientOf.get(row.member) ?? row.member)}
        </span>
      ),
    },
  ]
  return (
    <Table
      label="Partitions"
      rows={group.partitions}
      columns={columns}
      rowKey={(row) => `${row.topic}:${row.partition}`}
      href={(row) => link('topics', row.topic, 'records')}
      empty="Nothing was committed, and nothing is assigned."
    />
  )
}

/** The share of a partition that the group has read. */
function Progress({ row }: { row: GroupPartition }): JSX.Element {
  const there = row.end - row.start
  if (there <= 0) return <span class="muted">empty</span>
  const share = row.committed < 0 ? 0 : Math.min(1, Math.max(0, (row.committed - row.start) / there))
  return (
    <span class="progress" title={`${Math.round(share * 100)} %`}>
      <span style={{ width: `${share * 100}%` }} />
    </span>
  )
}

function Members({ group }: { group: GroupDetail }): JSX.Element {
  const facts: [string, string][] = [['Protocol', group.protocol || '–']]
  if (group.epoch >= 0) facts.push(['Epoch', String(group.epoch)], ['Assigned in', String(group.assignmentEpoch)])
  return (
    <>
      <Facts facts={facts} />
      <ul class="cards">
        {group.members.map((member) => (
          <li class="card" key={member.memberId}>
            <h2>
              {member.clientId || 'no client id'} {member.instanceId && <Badge>static: {member.instanceId}</Badge>}
            </h2>
            <p class="muted mono small">
              {member.memberId} {member.host}
            </p>
            <Facts
              facts={[
                ['Assigned', placesText(member.assigned) || 'nothing'],
                ...(member.target ? ([['On its way to', placesText(member.target) || 'nothing']] as const) : []),
                ['Subscribed', member.subscribed.join(', ') || '–'],
                ...(member.epoch >= 0 ? ([['Epoch', String(member.epoch)]] as const) : []),
                ...(member.rack ? ([['Rack', member.rack]] as const) : []),
                ...(member.process
                  ? ([
                      [
                        'Process',
                        <span key="process" class="mono">
                          {member.process}
                        </span>,
                      ],
                    ] as const)
                  : []),
                ...member.tasks.map(
                  (task) =>
                    [`${task.kind} tasks`, `subtopology ${task.subtopology}: ${ranges(task.partitions)}`] as const,
                ),
              ]}
            />
          </li>
        ))}
      </ul>
      {group.members.length === 0 && <div class="empty">Nobody is a member.</div>}
    </>
  )
}

function InFlight({ groupId }: { groupId: string }): JSX.Element {
  const runs = useFetch<InFlightRun[]>(`/groups${path(groupId)}/in-flight`, 3_000)
  const columns: Column<InFlightRun>[] = [
    { title: 'Topic', width: 'minmax(6rem, 2fr)', by: (row) => row.topic, cell: (row) => row.topic },
    { title: 'Part.', width: '3rem', right: true, by: (row) => row.partition, cell: (row) => row.partition },
    {
      title: 'Offsets',
      width: 'minmax(6.5rem, 1fr)',
      by: (row) => row.first,
      cell: (row) => (row.first === row.last ? row.first : `${row.first}–${row.last}`),
    },
    {
      title: 'State',
      width: '6rem',
      by: (row) => row.state,
      cell: (row) => <Badge tone={row.state === 'archived' ? 'bad' : 'plain'}>{row.state}</Badge>,
    },
    {
      title: 'Deliveries',
      width: '6rem',
      right: true,
      from: 'medium',
      by: (row) => row.deliveries,
      cell: (row) => row.deliveries,
    },
  ]
  return (
    <Awaited of={runs}>
      {(rows) => (
        <Table
          label="Records in flight"
          rows={rows}
          columns={columns}
          rowKey={(row) => `${row.topic}:${row.partition}:${row.first}`}
          empty="The fate of every record is that of all before it."
        />
      )}
    </Awaited>
  )
}

function Topology({ group }: { group: GroupDetail }): JSX.Element {
  return (
    <ul class="cards">
      {group.subtopologies.map((each) => (
        <li class="card" key={each.id}>
          <h2>Subtopology {each.id}</h2>
          <Facts
            facts={[
              ['Reads', each.sources.join(', ') || '–'],
              ['Repartitioned from', each.repartitions.join(', ') || '–'],
              ['Repartitions to', each.sinks.join(', ') || '–'],
              ['Changelogs', each.changelogs.join(', ') || '–'],
            ]}
          />
        </li>
      ))}
    </ul>
  )
}
