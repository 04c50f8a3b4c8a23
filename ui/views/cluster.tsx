import type { JSX } from 'preact'
import type { BrokerRow, ClusterDetail, QuorumRow, Session } from '../../src/web/page/model.ts'
import { path } from '../lib/api.ts'
import { ago, count } from '../lib/format.ts'
import { useFetch } from '../lib/hooks.ts'
import { Awaited, Badge, Facts, Head, Tabs } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Configs } from './configs.tsx'

const TABS = ['brokers', 'quorum', 'features', 'configuration', 'defaults']

export function Cluster({ session, tab = 'brokers' }: { session: Session; tab?: string }): JSX.Element {
  const cluster = useFetch<ClusterDetail>('/cluster', 5_000)
  return (
    <>
      <Head title="Cluster" note={<span class="mono">{session.clusterId}</span>} />
      <Tabs base={['cluster']} tabs={TABS} at={tab} />
      {tab === 'configuration' && (
        <Configs at={`/cluster/configs/broker${path(session.brokerId)}`} own="broker, dynamic" />
      )}
      {tab === 'defaults' && <Configs at="/cluster/configs/broker" own="cluster, dynamic" />}
      {(tab === 'brokers' || tab === 'quorum' || tab === 'features') && (
        <Awaited of={cluster}>
          {(cluster) => (
            <>
              {tab === 'brokers' && (
                <Table
                  label="Brokers"
                  rows={cluster.brokers}
                  columns={BROKERS}
                  rowKey={(row) => String(row.id)}
                  sort={{ column: 0, down: false }}
                />
              )}
              {tab === 'quorum' && <Quorum cluster={cluster} />}
              {tab === 'features' && (
                <Table
                  label="Features"
                  rows={cluster.features}
                  columns={FEATURES}
                  rowKey={(row) => row.name}
                  sort={{ column: 0, down: false }}
                />
              )}
            </>
          )}
        </Awaited>
      )}
    </>
  )
}

const BROKERS: Column<BrokerRow>[] = [
  {
    title: 'Broker',
    width: 'minmax(7rem, 1fr)',
    by: (row) => row.id,
    cell: (row) => (
      <span class="line">
        {row.id} {row.controller && <Badge tone="accent">controller</Badge>}{' '}
        {row.fenced && <Badge tone="bad">fenced</Badge>}
      </span>
    ),
  },
  {
    title: 'Address',
    width: 'minmax(8.5rem, 2fr)',
    cell: (row) => (
      <span class="line mono">
        {row.host}:{row.port}
      </span>
    ),
  },
  { title: 'Rack', width: '7rem', from: 'medium', cell: (row) => row.rack ?? '–' },
  { title: 'Leads', width: '5rem', right: true, by: (row) => row.leads, cell: (row) => count(row.leads) },
  {
    title: 'Replicas',
    width: '6rem',
    right: true,
    from: 'medium',
    by: (row) => row.replicas,
    cell: (row) => count(row.replicas),
  },
]

const FEATURES: Column<ClusterDetail['features'][number]>[] = [
  {
    title: 'Feature',
    width: 'minmax(8rem, 2fr)',
    by: (row) => row.name,
    cell: (row) => <span class="mono">{row.name}</span>,
  },
  { title: 'Level', width: '6rem', right: true, by: (row) => row.level, cell: (row) => row.level },
  { title: 'Supported up to', width: '9rem', right: true, by: (row) => row.max, cell: (row) => row.max },
]

function Quorum({ cluster: { quorum, quorumProblem } }: { cluster: ClusterDetail }): JSX.Element {
  if (quorum === null) return <div class="empty">{quorumProblem}</div>
  const columns: Column<QuorumRow>[] = [
    {
      title: 'Node',
      width: 'minmax(7rem, 1fr)',
      by: (row) => row.id,
      cell: (row) => (
        <span class="line">
          {row.id} {row.leader && <Badge tone="accent">leader</Badge>} <Badge>{row.voter ? 'voter' : 'observer'}</Badge>
        </span>
      ),
    },
    { title: 'End', width: '7rem', right: true, by: (row) => row.end, cell: (row) => count(row.end) },
    { title: 'Lag', width: '6rem', right: true, by: (row) => row.lag, cell: (row) => count(row.lag) },
    {
      title: 'Caught up',
      width: '9rem',
      from: 'medium',
      by: (row) => row.lastCaughtUpMs,
      cell: (row) => ago(row.lastCaughtUpMs),
    },
  ]
  return (
    <>
      <Facts
        facts={[
          ['Leader', String(quorum.leaderId)],
          ['Epoch', String(quorum.epoch)],
          ['High watermark', count(quorum.highWatermark)],
        ]}
      />
      <Table label="Quorum" rows={quorum.nodes} columns={columns} rowKey={(row) => String(row.id)} />
    </>
  )
}
