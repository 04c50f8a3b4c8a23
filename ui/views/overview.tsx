import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { BrokerNumbers, LiveSample } from '../../src/web/page/model.ts'
import { bytes, compact, count, isOnDisk, plural, rate } from '../lib/format.ts'
import { link, useLive } from '../lib/hooks.ts'
import { Badge, Head } from '../parts/basics.tsx'
import { Chart } from '../parts/chart.tsx'

export function Overview(): JSX.Element {
  const { samples, last, isLost } = useLive()
  const times = useMemo(() => samples.map(({ timeMs }) => timeMs / 1000), [samples])
  const records = useMemo(
    () => [{ title: 'Records/s', values: samples.map((each) => each.recordsPerSecond) }],
    [samples],
  )
  const traffic = useMemo(
    () => [
      { title: 'In', values: samples.map(({ broker }) => broker?.bytesInPerSecond ?? 0) },
      { title: 'Out', values: samples.map(({ broker }) => broker?.bytesOutPerSecond ?? 0) },
    ],
    [samples],
  )
  if (last === null) {
    return (
      <>
        <Head title="Overview" />
        <div class="skeleton" role="status" aria-label="Loading" />
      </>
    )
  }
  const busiest = Object.entries(last.rates)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
  return (
    <>
      <Head title="Overview" note={isLost ? <Badge tone="bad">the broker does not answer</Badge> : healthOf(last)} />
      <div class="tiles">
        <Tile
          name="Records in"
          value={`${rate(last.recordsPerSecond)}/s`}
          note={`${compact(last.records)} written so far`}
        />
        <Tile
          name="Topics"
          value={count(last.topics)}
          note={plural(last.partitions, 'partition')}
          href={link('topics')}
        />
        <Tile
          name="Groups"
          value={count(last.groups)}
          note={last.groupsBehind === 0 ? 'all caught up' : `${last.groupsBehind} behind`}
          href={link('groups')}
        />
        {last.broker && <BrokerTiles broker={last.broker} sample={last} />}
      </div>
      <div class="charts">
        <section class="card">
          <h2>Records a second</h2>
          <Chart label="Records a second" times={times} series={records} format={rate} />
        </section>
        {last.broker && (
          <section class="card">
            <h2>
              Bytes a second <span class="key in">in</span> <span class="key out">out</span>
            </h2>
            <Chart label="Bytes a second" times={times} series={traffic} format={(value) => bytes(Math.round(value))} />
          </section>
        )}
      </div>
      <div class="charts">
        <section class="card">
          <h2>Busiest topics</h2>
          <Bars
            rows={busiest.map(([name, value]) => ({
              name,
              value,
              text: `${rate(value)}/s`,
              href: link('topics', name),
            }))}
            empty="Nothing is being written."
          />
        </section>
        <section class="card">
          <h2>Groups behind</h2>
          <Bars
            rows={last.behind.map(({ groupId, lag }) => ({
              name: groupId,
              value: lag,
              text: count(lag),
              href: link('groups', groupId),
            }))}
            empty="Every group has read everything."
          />
        </section>
      </div>
    </>
  )
}

/** The numbers of the broker itself, which not everybody may see. */
function BrokerTiles({ broker, sample }: { broker: BrokerNumbers; sample: LiveSample }): JSX.Element {
  const { diskTotal, diskFree } = sample
  return (
    <>
      <Tile
        name="Bytes in"
        value={`${bytes(broker.bytesInPerSecond)}/s`}
        note={`${bytes(broker.bytesOutPerSecond)}/s out`}
      />
      <Tile
        name="Connections"
        value={count(broker.connections)}
        note={`${rate(broker.requestsPerSecond)} requests/s`}
        href={link('connections')}
      />
      <Tile name="Errors" value={`${rate(broker.errorsPerSecond)}/s`} note="in answers to clients" />
      <Tile name="Memory" value={bytes(broker.memoryBytes)} note={`${Math.round(broker.busy * 100)} % busy`} />
      <Tile
        name="Disk"
        value={bytes(sample.bytes)}
        note={isOnDisk(diskTotal) ? `${bytes(diskFree)} are free` : 'in memory'}
        href={link('log-dirs')}
      />
    </>
  )
}

function healthOf({ offline, underReplicated }: { offline: number; underReplicated: number }): JSX.Element {
  if (offline > 0) return <Badge tone="bad">{plural(offline, 'partition')} without a leader</Badge>
  if (underReplicated > 0) return <Badge tone="warn">{plural(underReplicated, 'partition')} with replicas behind</Badge>
  return <Badge tone="good">all partitions are served</Badge>
}

function Tile(props: { name: string; value: string; note: string; href?: string }): JSX.Element {
  const inside = (
    <>
      <span class="tile-name">{props.name}</span>
      <span class="tile-value">{props.value}</span>
      <span class="tile-note">{props.note}</span>
    </>
  )
  return props.href ? (
    <a class="tile" href={props.href}>
      {inside}
    </a>
  ) : (
    <div class="tile">{inside}</div>
  )
}

function Bars({
  rows,
  empty,
}: {
  rows: readonly { name: string; value: number; text: string; href: string }[]
  empty: string
}): JSX.Element {
  const most = Math.max(...rows.map(({ value }) => value), 1)
  if (rows.length === 0) return <div class="empty">{empty}</div>
  return (
    <ul class="bars">
      {rows.map(({ name, value, text, href }) => (
        <li key={name}>
          <a href={href}>
            <span class="line">{name}</span>
            <span class="bar-track">
              <span style={{ width: `${(value / most) * 100}%` }} />
            </span>
            <span class="right">{text}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
