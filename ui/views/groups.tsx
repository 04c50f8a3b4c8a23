import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { GroupRow } from '../../src/web/page/model.ts'
import { plural } from '../lib/format.ts'
import { link, useFetch, useStored } from '../lib/hooks.ts'
import { Awaited, Badge, Choice, Filter, Head, State } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Lag } from './topic.tsx'

export function Groups(): JSX.Element {
  const groups = useFetch<GroupRow[]>('/groups', 3_000)
  const [filter, setFilter] = useState('')
  const [kind, setKind] = useStored('group-kind', '')
  const shown = useMemo(() => {
    const words = filter.toLowerCase()
    return (groups.data ?? []).filter(
      ({ groupId, topics, type }) =>
        (kind === '' || kind === type) &&
        (groupId.toLowerCase().includes(words) || topics.some((topic) => topic.toLowerCase().includes(words))),
    )
  }, [groups.data, filter, kind])
  return (
    <>
      <Head title="Groups" note={groups.data && plural(shown.length, 'group')}>
        <Filter label="Filter groups and topics" value={filter} onChange={setFilter} />
        <Choice
          label="Kind"
          value={kind}
          options={[['', 'All kinds'], 'classic', 'consumer', 'share', 'streams']}
          onChange={setKind}
        />
      </Head>
      <Awaited of={groups}>
        {() => (
          <Table
            label="Groups"
            rows={shown}
            columns={COLUMNS}
            rowKey={({ groupId }) => groupId}
            href={({ groupId }) => link('groups', groupId)}
            sort={{ column: 0, down: false }}
            empty={filter === '' && kind === '' ? 'No group has been here yet.' : 'No group is like that.'}
          />
        )}
      </Awaited>
    </>
  )
}

const COLUMNS: Column<GroupRow>[] = [
  {
    title: 'Group',
    width: 'minmax(8rem, 2fr)',
    by: (row) => row.groupId,
    cell: (row) => (
      <span class="line">
        {row.groupId}
        {row.problem && <Badge tone="warn">{row.problem}</Badge>}
      </span>
    ),
  },
  {
    title: 'Kind',
    width: '6rem',
    from: 'medium',
    by: (row) => row.type,
    cell: (row) => <span class="muted">{row.type}</span>,
  },
  { title: 'State', width: '8.5rem', by: (row) => row.state, cell: (row) => <State state={row.state} /> },
  {
    title: 'Members',
    width: '6rem',
    right: true,
    from: 'medium',
    by: (row) => row.members,
    cell: (row) => row.members,
  },
  {
    title: 'Topics',
    width: 'minmax(6rem, 2fr)',
    from: 'wide',
    cell: (row) => <span class="line muted">{row.topics.join(', ')}</span>,
  },
  { title: 'Lag', width: '6rem', right: true, by: (row) => row.lag, cell: (row) => <Lag lag={row.lag} /> },
]
