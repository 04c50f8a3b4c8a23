import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ConnectionRow } from '../../src/web/page/model.ts'
import { plural } from '../lib/format.ts'
import { useFetch, useFiltered } from '../lib/hooks.ts'
import { Awaited, Filter, Head, Tabs } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { PushedMetrics, PushingClients } from './telemetry.tsx'

/** `tab`: `connected`, or `telemetry`, and then perhaps of one client instance. */
export function Connections({ tab = 'connected', instance }: { tab?: string; instance?: string }): JSX.Element {
  if (instance !== undefined) return <PushedMetrics key={instance} instanceId={instance} />
  return tab === 'telemetry' ? (
    <>
      <Head title="Connections" note="clients that push their metrics" />
      <Tabs base={['connections']} tabs={TABS} at={tab} />
      <PushingClients />
    </>
  ) : (
    <Connected />
  )
}

const TABS = ['connected', 'telemetry']

function Connected(): JSX.Element {
  const connections = useFetch<ConnectionRow[]>('/connections', 3_000)
  const [filter, setFilter] = useState('')
  const shown = useFiltered(connections.data, filter)
  return (
    <>
      <Head title="Connections" note={connections.data && plural(shown.length, 'connection')}>
        <Filter label="Filter connections" value={filter} onChange={setFilter} />
      </Head>
      <Tabs base={['connections']} tabs={TABS} at="connected" />
      <Awaited of={connections}>
        {() => (
          <Table
            label="Connections"
            rows={shown}
            columns={COLUMNS}
            rowKey={({ id }) => id}
            sort={{ column: 0, down: false }}
            empty={filter === '' ? 'No client is connected.' : 'No connection is like that.'}
          />
        )}
      </Awaited>
    </>
  )
}

const COLUMNS: Column<ConnectionRow>[] = [
  {
    title: 'Software',
    width: 'minmax(6.6rem, 2fr)',
    by: (row) => `${row.software} ${row.softwareVersion}`,
    cell: (row) => <Software row={row} />,
  },
  {
    title: 'Principal',
    width: 'minmax(6.9rem, 1.5fr)',
    by: (row) => row.principal,
    cell: ({ principal }) => (
      <span class="line" title={principal}>
        {principal.replace(/^User:/, '')}
      </span>
    ),
  },
  {
    title: 'From',
    width: 'minmax(8.7rem, 1.5fr)',
    by: (row) => row.address,
    cell: (row) => (
      <span class="line mono">
        {row.address}:{row.port}
      </span>
    ),
  },
  { title: 'Listener', width: '9rem', from: 'medium', by: (row) => row.listener, cell: (row) => row.listener },
  {
    title: 'Protocol',
    width: '9rem',
    from: 'wide',
    by: (row) => row.protocol,
    cell: (row) => <span class="muted">{row.protocol}</span>,
  },
]

const Software = ({ row: { software, softwareVersion } }: { row: ConnectionRow }): JSX.Element =>
  software === '' || software === 'unknown' ? (
    <span class="muted">it did not say</span>
  ) : (
    <span class="line">
      {software} <span class="muted">{softwareVersion}</span>
    </span>
  )
