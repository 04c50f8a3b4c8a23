/** Metrics that clients push (KIP-714), client by client. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TelemetryClient, TelemetryRow, TelemetrySeries } from '../../src/web/page/model.ts'
import { path } from '../lib/api.ts'
import { plural } from '../lib/format.ts'
import { link, useFetch, useFiltered } from '../lib/hooks.ts'
import { Awaited, Filter, Head } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'

const EVERY_MS = 5_000

/** The clients that push. */
export function PushingClients(): JSX.Element {
  const clients = useFetch<TelemetryRow[]>('/telemetry', EVERY_MS)
  return (
    <Awaited of={clients}>
      {(rows) => (
        <Table
          label="Clients that push metrics"
          rows={rows}
          columns={CLIENTS}
          rowKey={(row) => row.instanceId}
          href={(row) => link('connections', 'telemetry', row.instanceId)}
          sort={{ column: 0, down: false }}
          empty={
            <>
              No client pushes metrics: they do once they are asked to, by{' '}
              <code>kafka-client-metrics.sh --alter --name all --metrics '*' --interval 10000</code>.
            </>
          }
        />
      )}
    </Awaited>
  )
}

const CLIENTS: Column<TelemetryRow>[] = [
  {
    title: 'Client id',
    width: 'minmax(8rem, 2fr)',
    by: (row) => row.clientId,
    cell: (row) => row.clientId || <span class="muted">it has none</span>,
  },
  {
    title: 'Software',
    width: 'minmax(8rem, 2fr)',
    by: (row) => row.software,
    cell: (row) => (
      <span class="line">
        {row.software} <span class="muted">{row.softwareVersion}</span>
      </span>
    ),
  },
  {
    title: 'Instance',
    width: 'minmax(8rem, 2fr)',
    from: 'medium',
    by: (row) => row.instanceId,
    cell: (row) => <span class="line mono">{row.instanceId}</span>,
  },
  { title: 'Series', width: '5rem', right: true, by: (row) => row.metrics, cell: (row) => row.metrics },
]

/** The newest numbers of one client. */
export function PushedMetrics({ instanceId }: { instanceId: string }): JSX.Element {
  const client = useFetch<TelemetryClient>(`/telemetry${path(instanceId)}`, EVERY_MS)
  const [filter, setFilter] = useState('')
  const rows = useFiltered(client.data === null ? null : client.data.series.map(rowOf), filter)
  const { clientId, software, softwareVersion } = client.data ?? { clientId: '', software: '', softwareVersion: '' }
  return (
    <>
      <Head
        title={clientId || instanceId}
        crumb={{ title: 'Clients that push metrics', href: link('connections', 'telemetry') }}
        note={client.data && `${software} ${softwareVersion}, ${plural(rows.length, 'number')}`}
      >
        <Filter label="Filter metrics" value={filter} onChange={setFilter} />
      </Head>
      <Awaited of={client}>
        {() => (
          <Table
            label="Metrics"
            rows={rows}
            columns={METRICS}
            rowKey={(row) => `${row.name} ${row.labels}`}
            sort={{ column: 0, down: false }}
            empty="No metric is like that."
          />
        )}
      </Awaited>
    </>
  )
}

interface MetricRow extends Omit<TelemetrySeries, 'labels'> {
  readonly labels: string
}

const rowOf = ({ labels, ...series }: TelemetrySeries): MetricRow => ({
  ...series,
  labels: Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', '),
})

const METRICS: Column<MetricRow>[] = [
  {
    title: 'Metric',
    width: 'minmax(10rem, 3fr)',
    by: (row) => row.name,
    cell: (row) => (
      <span class="line mono" title={row.help}>
        {row.name}
      </span>
    ),
  },
  {
    title: 'Of',
    width: 'minmax(6rem, 2fr)',
    from: 'medium',
    by: (row) => row.labels,
    cell: (row) => (
      <span class="line" title={row.labels}>
        {row.labels}
      </span>
    ),
  },
  { title: 'Type', width: '6rem', from: 'wide', by: (row) => row.type, cell: (row) => row.type },
  {
    title: 'Value',
    width: '9rem',
    right: true,
    by: (row) => row.value,
    cell: (row) => <span class="mono">{numberText(row.value)}</span>,
  },
]

const few = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 })
const numberText = (value: number): string => (Number.isFinite(value) ? few.format(value) : String(value))
