import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { TopicRow } from '../../src/web/page/model.ts'
import { post } from '../lib/api.ts'
import { bytes, compact, duration, plural, rate } from '../lib/format.ts'
import { go, link, useFetch, useLive, useStored } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, Field, Filter, FormDialog, Head, Text } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { say } from '../parts/toast.tsx'

export function Topics(): JSX.Element {
  const topics = useFetch<TopicRow[]>('/topics', 5_000)
  const [filter, setFilter] = useState('')
  const [hasInternal, showInternal] = useStored('internal-topics', false)
  const [isCreating, create] = useState(false)
  const { onCluster } = useRights()
  const { last } = useLive()
  const shown = useMemo(() => {
    const words = filter.toLowerCase()
    return (topics.data ?? []).filter(
      (topic) => (hasInternal || !topic.internal) && topic.name.toLowerCase().includes(words),
    )
  }, [topics.data, filter, hasInternal])
  const columns = useMemo(() => columnsOf(last?.rates ?? {}), [last])
  return (
    <>
      <Head title="Topics" note={topics.data && plural(shown.length, 'topic')}>
        <Filter label="Filter topics" value={filter} onChange={setFilter} />
        <label class="check">
          <input
            type="checkbox"
            checked={hasInternal}
            onChange={(event) => showInternal(event.currentTarget.checked)}
          />
          internal
        </label>
        <Action tone="main" icon="plus" whyNot={onCluster('CREATE')} onClick={() => create(true)}>
          Create
        </Action>
      </Head>
      <Awaited of={topics}>
        {() => (
          <Table
            label="Topics"
            rows={shown}
            columns={columns}
            rowKey={({ name }) => name}
            href={({ name }) => link('topics', name)}
            sort={{ column: 0, down: false }}
            empty={filter === '' ? 'There is no topic yet.' : `No topic has ${filter} in its name.`}
          />
        )}
      </Awaited>
      {isCreating && <CreateTopic onClose={() => create(false)} />}
    </>
  )
}

const columnsOf = (rates: Readonly<Record<string, number>>): Column<TopicRow>[] => [
  {
    title: 'Name',
    width: 'minmax(8rem, 3fr)',
    by: ({ name }) => name,
    cell: (topic) => (
      <span class="line">
        {topic.name}
        {topic.offline > 0 && <Badge tone="bad">{topic.offline} without a leader</Badge>}
        {topic.offline === 0 && topic.underReplicated > 0 && <Badge tone="warn">{topic.underReplicated} behind</Badge>}
      </span>
    ),
  },
  {
    title: 'Partitions',
    right: true,
    from: 'medium',
    width: '6.5rem',
    by: (topic) => topic.partitions,
    cell: (topic) => topic.partitions,
  },
  {
    title: 'Records',
    right: true,
    width: '6rem',
    by: (topic) => topic.records,
    cell: (topic) => compact(topic.records),
  },
  {
    title: 'Records/s',
    right: true,
    width: '6rem',
    from: 'medium',
    by: ({ name }) => rates[name] ?? 0,
    cell: ({ name }) => <span class={rates[name] ? 'moving' : 'muted'}>{rate(rates[name] ?? 0)}</span>,
  },
  { title: 'Size', right: true, width: '5.5rem', by: (topic) => topic.bytes, cell: (topic) => bytes(topic.bytes) },
  { title: 'Retention', right: true, from: 'wide', width: '6.5rem', by: (topic) => topic.retentionMs, cell: retention },
  {
    title: 'Clean-up',
    from: 'wide',
    width: '8rem',
    by: (topic) => topic.cleanupPolicy,
    cell: (topic) => <span class="muted">{topic.cleanupPolicy}</span>,
  },
  {
    title: 'Replicas',
    right: true,
    from: 'wide',
    width: '5.5rem',
    by: (topic) => topic.replicas,
    cell: (topic) => topic.replicas,
  },
]

const retention = ({ cleanupPolicy, retentionMs }: TopicRow): string =>
  cleanupPolicy === 'compact' ? '–' : retentionMs < 0 ? 'for ever' : duration(retentionMs)

function CreateTopic({ onClose }: { onClose: () => void }): JSX.Element {
  const [name, setName] = useState('')
  const [partitions, setPartitions] = useState('')
  const [replicas, setReplicas] = useState('')
  const [configs, setConfigs] = useState('')
  const submit = async () => {
    await post('/topics', {
      name,
      partitions: partitions === '' ? -1 : Number(partitions),
      replicas: replicas === '' ? -1 : Number(replicas),
      configs: configsOf(configs),
    })
    say(`${name} was created`)
    go('topics', name)
  }
  return (
    <FormDialog title="Create a topic" action="Create" onClose={onClose} onSubmit={submit}>
      <Field label="Name">
        <Text value={name} onChange={setName} required />
      </Field>
      <div class="two">
        <Field label="Partitions" hint="Empty: num.partitions of the broker">
          <Text type="number" value={partitions} onChange={setPartitions} />
        </Field>
        <Field label="Replicas" hint="Empty: default.replication.factor">
          <Text type="number" value={replicas} onChange={setReplicas} />
        </Field>
      </div>
      <Field label="Configuration" hint="One key=value a line, such as cleanup.policy=compact">
        <textarea
          class="mono"
          rows={3}
          spellcheck={false}
          value={configs}
          onInput={(event) => setConfigs(event.currentTarget.value)}
        />
      </Field>
    </FormDialog>
  )
}

function configsOf(text: string): Record<string, string> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      if (at < 1) throw new Error(`${line} is not key=value.`)
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )
}
