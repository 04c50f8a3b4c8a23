import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { PartitionRow, ProducerRow, TopicDetail, TopicGroup } from '../../src/web/page/model.ts'
import { path, post, remove } from '../lib/api.ts'
import { ago, bytes, compact, count, plural } from '../lib/format.ts'
import { go, link, useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, DeleteDialog, Field, FormDialog, Head, State, Tabs, Text } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say } from '../parts/toast.tsx'
import { Configs } from './configs.tsx'
import { Records } from './records.tsx'

const TABS = ['records', 'partitions', 'groups', 'producers', 'configuration']

export function Topic({ name, tab = 'records' }: { name: string; tab?: string }): JSX.Element {
  const topic = useFetch<TopicDetail>(`/topics${path(name)}`, 5_000)
  const { data } = topic
  const records = data?.partitions.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0) ?? 0
  const size = data?.partitions.reduce((sum, partition) => sum + Math.max(0, partition.bytes), 0) ?? 0
  return (
    <>
      <Head
        title={name}
        crumb={{ title: 'Topics', href: link('topics') }}
        note={data && `${plural(data.partitions.length, 'partition')}, ${compact(records)} records, ${bytes(size)}`}
      >
        {data && <TopicActions topic={data} onChange={topic.reload} />}
      </Head>
      <Tabs base={['topics', name]} tabs={TABS} at={tab} />
      <Awaited of={topic}>
        {(topic) => (
          <>
            {tab === 'records' && <Records topic={topic} />}
            {tab === 'partitions' && <Partitions topic={topic} />}
            {tab === 'groups' && <Groups name={name} />}
            {tab === 'producers' && <Producers name={name} />}
            {tab === 'configuration' && (
              <Configs at={`/topics${path(name)}/configs`} own="topic" operations={topic.operations} />
            )}
          </>
        )}
      </Awaited>
    </>
  )
}

function Partitions({ topic }: { topic: TopicDetail }): JSX.Element {
  const columns: Column<PartitionRow>[] = [
    {
      title: 'Partition',
      width: 'minmax(6rem, 1fr)',
      by: (row) => row.partition,
      cell: (row) => (
        <span class="line">
          {row.partition}
          {row.leader < 0 && <Badge tone="bad">no leader</Badge>}
          {row.inSync.length < row.replicas.length && (
            <Badge tone="warn">{row.replicas.length - row.inSync.length} behind</Badge>
          )}
          {row.problem && <Badge tone="warn">{row.problem}</Badge>}
        </span>
      ),
    },
    { title: 'Leader', width: '5rem', right: true, by: (row) => row.leader, cell: (row) => row.leader },
    { title: 'Replicas', width: '7rem', from: 'medium', cell: (row) => <Replicas row={row} /> },
    {
      title: 'First',
      width: '7rem',
      right: true,
      from: 'medium',
      by: (row) => row.start,
      cell: (row) => count(row.start),
    },
    { title: 'End', width: '6rem', right: true, by: (row) => row.end, cell: (row) => count(row.end) },
    {
      title: 'Last stable',
      width: '7rem',
      right: true,
      from: 'wide',
      by: (row) => row.stable,
      cell: (row) => <span class={row.stable < row.end ? 'warn-text' : 'muted'}>{count(row.stable)}</span>,
    },
    {
      title: 'Epoch',
      width: '5rem',
      right: true,
      from: 'wide',
      by: (row) => row.leaderEpoch,
      cell: (row) => row.leaderEpoch,
    },
    { title: 'Size', width: '6rem', right: true, by: (row) => row.bytes, cell: (row) => bytes(row.bytes) },
  ]
  return (
    <Table
      label="Partitions"
      rows={topic.partitions}
      columns={columns}
      rowKey={(row) => String(row.partition)}
      sort={{ column: 0, down: false }}
    />
  )
}

const Replicas = ({ row }: { row: PartitionRow }) => (
  <span>
    {row.replicas.map((id) => (
      <span
        key={id}
        class={row.inSync.includes(id) ? '' : 'warn-text'}
        title={row.inSync.includes(id) ? 'in sync' : 'behind'}
      >
        {id}{' '}
      </span>
    ))}
  </span>
)

function Groups({ name }: { name: string }): JSX.Element {
  const groups = useFetch<TopicGroup[]>(`/topics${path(name)}/groups`, 3_000)
  const columns: Column<TopicGroup>[] = [
    { title: 'Group', width: 'minmax(8rem, 2fr)', by: (row) => row.groupId, cell: (row) => row.groupId },
    { title: 'Kind', width: '6rem', from: 'medium', by: (row) => row.type, cell: (row) => row.type },
    { title: 'State', width: '9rem', by: (row) => row.state, cell: (row) => <State state={row.state} /> },
    {
      title: 'Members',
      width: '6rem',
      right: true,
      from: 'medium',
      by: (row) => row.members,
      cell: (row) => row.members,
    },
    { title: 'Lag', width: '6rem', right: true, by: (row) => row.lag, cell: (row) => <Lag lag={row.lag} /> },
  ]
  return (
    <Awaited of={groups}>
      {(rows) => (
        <Table
          label="Groups"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.groupId}
          href={(row) => link('groups', row.groupId)}
          empty="No group reads this topic."
        />
      )}
    </Awaited>
  )
}

export const Lag = ({ lag }: { lag: number }): JSX.Element => (
  <span class={lag > 0 ? 'warn-text' : 'muted'}>{count(lag)}</span>
)

function Producers({ name }: { name: string }): JSX.Element {
  const producers = useFetch<ProducerRow[]>(`/topics${path(name)}/producers`, 5_000)
  const columns: Column<ProducerRow>[] = [
    { title: 'Producer', width: 'minmax(4.5rem, 1fr)', by: (row) => row.producerId, cell: (row) => row.producerId },
    { title: 'Partition', width: '4.6rem', right: true, by: (row) => row.partition, cell: (row) => row.partition },
    {
      title: 'Epoch',
      width: '5rem',
      right: true,
      from: 'medium',
      by: (row) => row.producerEpoch,
      cell: (row) => row.producerEpoch,
    },
    {
      title: 'Sequence',
      width: '7rem',
      right: true,
      from: 'medium',
      by: (row) => row.lastSequence,
      cell: (row) => count(row.lastSequence),
    },
    { title: 'Last wrote', width: '7rem', by: (row) => row.lastTimestamp, cell: (row) => ago(row.lastTimestamp) },
    {
      title: 'Open since',
      width: '7rem',
      right: true,
      by: (row) => row.transactionStart,
      cell: (row) => (row.transactionStart < 0 ? '–' : `offset ${row.transactionStart}`),
    },
  ]
  return (
    <Awaited of={producers}>
      {(rows) => (
        <Table
          label="Producers"
          rows={rows}
          columns={columns}
          rowKey={(row) => `${row.partition}:${row.producerId}`}
          empty="No idempotent or transactional producer has written here lately."
        />
      )}
    </Awaited>
  )
}

function TopicActions({ topic, onChange }: { topic: TopicDetail; onChange: () => void }): JSX.Element {
  const { name, operations, partitions, internal } = topic
  const [dialog, setDialog] = useState<'partitions' | 'empty' | 'delete' | null>(null)
  const [number, setNumber] = useState(String(partitions.length + 1))
  const { whyNot } = useRights()
  const close = () => setDialog(null)
  const isInternal = internal ? 'Kafka needs this topic as it is' : null
  return (
    <>
      <Action whyNot={whyNot('ALTER', operations)} onClick={() => setDialog('partitions')}>
        Add partitions
      </Action>
      <Action whyNot={isInternal ?? whyNot('DELETE', operations)} onClick={() => setDialog('empty')}>
        Empty
      </Action>
      <Action tone="danger" whyNot={isInternal ?? whyNot('DELETE', operations)} onClick={() => setDialog('delete')}>
        Delete
      </Action>
      {dialog === 'partitions' && (
        <FormDialog
          title="Add partitions"
          action="Add"
          onClose={close}
          onSubmit={async () => {
            await post(`/topics${path(name)}/partitions`, { count: Number(number) })
            say(`${name} has ${number} partitions`)
            onChange()
          }}
        >
          <Field
            label="Partitions altogether"
            hint="Keys are spread anew: records of one key may come to another partition than before."
          >
            <Text type="number" value={number} onChange={setNumber} required />
          </Field>
        </FormDialog>
      )}
      {dialog === 'empty' && (
        <FormDialog
          title={`Empty ${name}`}
          action="Empty"
          danger
          onClose={close}
          onSubmit={async () => {
            await post(`/topics${path(name)}/empty`, {})
            say(`${name} is empty`)
            onChange()
          }}
        >
          <p>
            All records of all {plural(partitions.length, 'partition')} are deleted, for ever. The topic, its
            configuration and the offsets of groups stay.
          </p>
        </FormDialog>
      )}
      {dialog === 'delete' && (
        <DeleteDialog
          what="a topic"
          name={name}
          warning="The topic and all its records are gone for ever."
          onClose={close}
          onDelete={async () => {
            await remove(`/topics${path(name)}`)
            say(`${name} was deleted`)
            go('topics')
          }}
        />
      )}
    </>
  )
}
