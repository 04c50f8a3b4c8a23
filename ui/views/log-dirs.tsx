import type { JSX } from 'preact'
import type { LogDirRow } from '../../src/web/page/model.ts'
import { bytes, count, isOnDisk, plural } from '../lib/format.ts'
import { link, useFetch } from '../lib/hooks.ts'
import { Awaited, Badge, Head } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'

export function LogDirs(): JSX.Element {
  const directories = useFetch<LogDirRow[]>('/cluster/log-dirs', 5_000)
  return (
    <>
      <Head title="Log directories" note="of the broker that serves this page" />
      <Awaited of={directories}>
        {(rows) => (
          <>
            {rows.map((directory) => (
              <section key={directory.path} class="block">
                <h2 class="mono">
                  {directory.path} {directory.problem && <Badge tone="bad">{directory.problem}</Badge>}{' '}
                  {directory.cordoned && <Badge tone="warn">cordoned</Badge>}
                </h2>
                <p class="muted">
                  {plural(directory.replicas.length, 'replica')}, {bytes(directory.bytes)}
                  {isOnDisk(directory.totalBytes) &&
                    `; ${bytes(directory.usableBytes)} of ${bytes(directory.totalBytes)} free`}
                </p>
                <Table
                  label={directory.path}
                  rows={directory.replicas}
                  columns={REPLICAS}
                  rowKey={(row) => `${row.topic}-${row.partition}-${row.future}`}
                  href={(row) => link('topics', row.topic, 'partitions')}
                  sort={{ column: 1, down: true }}
                />
              </section>
            ))}
          </>
        )}
      </Awaited>
    </>
  )
}

const REPLICAS: Column<LogDirRow['replicas'][number]>[] = [
  {
    title: 'Replica',
    width: 'minmax(8rem, 2fr)',
    by: (row) => `${row.topic} ${String(row.partition).padStart(6)}`,
    cell: (row) => (
      <span class="line">
        {row.topic} {row.partition} {row.future && <Badge tone="accent">on its way here</Badge>}
      </span>
    ),
  },
  { title: 'Size', width: '7rem', right: true, by: (row) => row.bytes, cell: (row) => bytes(row.bytes) },
  { title: 'Behind', width: '6rem', right: true, by: (row) => row.lag, cell: (row) => count(row.lag) },
]
