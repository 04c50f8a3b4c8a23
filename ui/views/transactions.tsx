import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ProducerRow, TransactionRow } from '../../src/web/page/model.ts'
import { post } from '../lib/api.ts'
import { ago, duration, placesText, plural } from '../lib/format.ts'
import { link, useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, FormDialog, Head, State, Tabs } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say } from '../parts/toast.tsx'

export function Transactions({ tab = 'coordinators' }: { tab?: string }): JSX.Element {
  return (
    <>
      <Head
        title="Transactions"
        note={tab === 'coordinators' ? 'as their coordinators know them' : 'as the logs know them'}
      />
      <Tabs base={['transactions']} tabs={['coordinators', 'producers']} at={tab} />
      {tab === 'coordinators' ? <Coordinators /> : <Producers />}
    </>
  )
}

function Coordinators(): JSX.Element {
  const transactions = useFetch<TransactionRow[]>('/transactions', 3_000)
  return (
    <Awaited of={transactions}>
      {(rows) => (
        <Table
          label="Transactions"
          rows={rows}
          columns={COLUMNS}
          rowKey={(row) => row.transactionalId}
          sort={{ column: 0, down: false }}
          empty="There is no transactional id."
        />
      )}
    </Awaited>
  )
}

const COLUMNS: Column<TransactionRow>[] = [
  {
    title: 'Transactional id',
    width: 'minmax(8rem, 2fr)',
    by: (row) => row.transactionalId,
    cell: (row) => <span class="line">{row.transactionalId}</span>,
  },
  { title: 'State', width: '8.5rem', by: (row) => row.state, cell: (row) => <State state={row.state} /> },
  {
    title: 'Producer',
    width: '7rem',
    right: true,
    from: 'medium',
    by: (row) => row.producerId,
    cell: (row) => `${row.producerId} / ${row.producerEpoch}`,
  },
  { title: 'Since', width: '7rem', by: (row) => row.startedMs, cell: (row) => ago(row.startedMs) },
  {
    title: 'Timeout',
    width: '6rem',
    right: true,
    from: 'wide',
    by: (row) => row.timeoutMs,
    cell: (row) => duration(row.timeoutMs),
  },
  {
    title: 'Partitions',
    width: 'minmax(8rem, 2fr)',
    from: 'medium',
    cell: (row) => <span class="line muted">{placesText(row.topics)}</span>,
  },
]

function Producers(): JSX.Element {
  const producers = useFetch<ProducerRow[]>('/transactions/producers', 5_000)
  const [meant, setMeant] = useState<ProducerRow | null>(null)
  const { onCluster } = useRights()
  const hanging = producers.data?.filter((row) => row.hanging).length ?? 0
  const columns: Column<ProducerRow>[] = [
    {
      title: 'Partition',
      width: 'minmax(6.5rem, 2fr)',
      by: (row) => `${row.topic} ${String(row.partition).padStart(6)}`,
      cell: (row) => (
        <span class="line">
          {row.topic} {row.partition} {row.hanging && <Badge tone="bad">hanging</Badge>}
        </span>
      ),
    },
    {
      title: 'Producer',
      width: '5.2rem',
      right: true,
      by: (row) => row.producerId,
      cell: (row) => `${row.producerId} / ${row.producerEpoch}`,
    },
    {
      title: 'Last wrote',
      width: '8rem',
      from: 'medium',
      by: (row) => row.lastTimestamp,
      cell: (row) => ago(row.lastTimestamp),
    },
    {
      title: 'Open since',
      width: '6rem',
      right: true,
      by: (row) => row.transactionStart,
      cell: (row) => (row.transactionStart < 0 ? '–' : `offset ${row.transactionStart}`),
    },
    {
      title: 'End it',
      width: '5.2rem',
      cell: (row) =>
        row.transactionStart >= 0 && (
          <Action whyNot={onCluster('ALTER')} onClick={() => setMeant(row)}>
            Abort
          </Action>
        ),
    },
  ]
  return (
    <>
      {hanging > 0 && (
        <div class="failure">
          {plural(hanging, 'transaction')} will never end by itself: no coordinator knows of it.
        </div>
      )}
      <Awaited of={producers}>
        {(rows) => (
          <Table
            label="Producers"
            rows={rows}
            columns={columns}
            rowKey={(row) => `${row.topic}:${row.partition}:${row.producerId}`}
            href={(row) => link('topics', row.topic, 'records')}
            sort={{ column: 3, down: true }}
            empty="No idempotent or transactional producer has written lately."
          />
        )}
      </Awaited>
      {meant && (
        <FormDialog
          title="Abort a transaction"
          action="Abort"
          danger
          onClose={() => setMeant(null)}
          onSubmit={async () => {
            await post('/transactions/abort', meant)
            say('The transaction was aborted')
            producers.reload()
          }}
        >
          <p>
            What producer {meant.producerId} has written to {meant.topic} {meant.partition} since offset{' '}
            {meant.transactionStart} is aborted.
            {!meant.hanging &&
              ' This transaction does not hang: its producer may still be at work, and would lose what it wrote here.'}
          </p>
        </FormDialog>
      )}
    </>
  )
}
