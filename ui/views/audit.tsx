/** The audit: who was refused what, who came in, and who has changed something. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AuditRow } from '../../src/web/page/model.ts'
import { ago, count, plural, time, undirected } from '../lib/format.ts'
import { useFetch, useFiltered } from '../lib/hooks.ts'
import { Awaited, Badge, Choice, Filter, Head, type Tone } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'

const KINDS: Readonly<Record<AuditRow['kind'], readonly [title: string, tone: Tone]>> = {
  denied: ['denied', 'bad'],
  'login-failed': ['refused login', 'warn'],
  login: ['login', 'plain'],
  change: ['change', 'accent'],
}
type Shown = 'all' | AuditRow['kind']

export function Audit(): JSX.Element {
  const audit = useFetch<AuditRow[]>('/audit', 5_000)
  const [filter, setFilter] = useState('')
  const [kind, setKind] = useState<Shown>('all')
  const shown = useFiltered(audit.data, filter).filter((row) => kind === 'all' || row.kind === kind)
  return (
    <>
      <Head
        title="Audit"
        note={
          audit.data && `${plural(shown.length, 'event')} of this broker since it started, of each kind the last 500`
        }
      >
        <Choice
          label="Kind of events"
          value={kind}
          options={[['all', 'All events'], ...kindOptions]}
          onChange={setKind}
        />
        <Filter label="Filter the audit" value={filter} onChange={setFilter} />
      </Head>
      <Awaited of={audit}>
        {() => (
          <Table
            label="Audit"
            rows={shown}
            columns={COLUMNS}
            rowKey={(row) => `${row.kind} ${row.firstMs} ${row.principal} ${row.address} ${row.what}`}
            empty={filter === '' && kind === 'all' ? 'Nothing has happened yet.' : 'No event is like that.'}
          />
        )}
      </Awaited>
    </>
  )
}

const kindOptions = Object.entries(KINDS).map(([kind, [title]]) => [kind as Shown, title] as const)

const COLUMNS: Column<AuditRow>[] = [
  {
    title: 'When',
    width: '7rem',
    by: (row) => row.lastMs,
    cell: (row) => <span title={`first ${time(row.firstMs)}, last ${time(row.lastMs)}`}>{ago(row.lastMs)}</span>,
  },
  {
    title: 'Kind',
    width: '8rem',
    from: 'medium',
    by: (row) => row.kind,
    cell: ({ kind }) => <Badge tone={KINDS[kind][1]}>{KINDS[kind][0]}</Badge>,
  },
  {
    title: 'Who',
    width: 'minmax(6rem, 1fr)',
    by: (row) => row.principal,
    cell: (row) => (
      <span class="line" title={row.principal}>
        {row.principal === '' ? <span class="muted">nobody</span> : row.principal.replace(/^User:/, '')}
      </span>
    ),
  },
  {
    title: 'What',
    width: 'minmax(8rem, 4fr)',
    by: (row) => row.what,
    cell: (row) => (
      <span class="line" title={undirected(row.what)}>
        {undirected(row.what)}
      </span>
    ),
  },
  {
    title: 'From',
    width: 'minmax(6rem, 1fr)',
    from: 'medium',
    by: (row) => row.address,
    cell: (row) => <span class="line mono">{row.address}</span>,
  },
  {
    title: 'Times',
    width: '4rem',
    right: true,
    from: 'medium',
    by: (row) => row.times,
    cell: (row) => count(row.times),
  },
]
