/** Records of a topic: where to begin, what to look for, a list, and one record as a whole beside it. */
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Json, RecordRow, TopicDetail } from '../../src/web/page/model.ts'
import { BASE, path } from '../lib/api.ts'
import { count, plural, shortTime, undirected } from '../lib/format.ts'
import { useKeys } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Badge, Choice, Text } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { LINE_LETTERS, line } from '../records/bytes.ts'
import { download, lineOf } from '../records/json-lines.ts'
import { type From, type Question, streamQuery, useReading } from '../records/reading.ts'
import { ImportDialog, ProduceDialog } from './produce.tsx'
import { RecordPanel } from './record-panel.tsx'

const FROM: readonly (readonly [From, string])[] = [
  ['newest', 'Newest'],
  ['oldest', 'Oldest'],
  ['offset', 'From offset'],
  ['time', 'From time'],
  ['live', 'Live'],
]

export const rowKey = ({ partition, offset }: RecordRow): string => `${partition}:${offset}`

export function Records({ topic }: { topic: TopicDetail }): JSX.Element {
  const [question, setQuestion] = useState<Question>(() => ({
    topic: topic.name,
    from: 'newest',
    at: 0,
    partition: null,
    key: '',
    contains: '',
    predicate: '',
    committedOnly: false,
  }))
  const reading = useReading(question)
  const [selected, select] = useState<RecordRow | null>(null)
  const [dialog, setDialog] = useState<'produce' | 'import' | null>(null)
  const [template, setTemplate] = useState<RecordRow | null>(null)
  const { whyNot } = useRights()
  const mayNotWrite = topic.internal ? 'Kafka alone writes to this topic' : whyNot('WRITE', topic.operations)
  useStepping(reading.rows, selected, select)
  const hasRoom = selected === null
  const columns = useMemo(() => columnsOf(topic.partitions.length > 1, hasRoom), [topic.partitions.length, hasRoom])
  const produceAgain = (row: RecordRow) => {
    setTemplate(row)
    setDialog('produce')
  }
  return (
    <div class="records">
      <QuestionBar question={question} topic={topic} onAsk={setQuestion} onAgain={reading.again} />
      <div class="record-status" role="status">
        <span>
          {reading.isBusy && <span class="pulse" aria-hidden="true" />}
          {plural(reading.rows.length, 'record')}
          {reading.scanned > reading.rows.length && ` of ${count(reading.scanned)} looked at`}
          {reading.skipped > 0 && `, ${count(reading.skipped)} came too fast to be shown`}
          {question.from === 'live' && ', waiting for more'}
        </span>
        <span class="actions">
          {reading.isBusy && question.from !== 'live' && <Action onClick={reading.stop}>Stop</Action>}
          <Action
            icon="plus"
            whyNot={mayNotWrite}
            onClick={() => {
              setTemplate(null)
              setDialog('produce')
            }}
          >
            Produce
          </Action>
          <Action icon="up" whyNot={mayNotWrite} onClick={() => setDialog('import')}>
            Import
          </Action>
          <ExportMenu question={question} rows={reading.rows} />
        </span>
      </div>
      {reading.error && (
        <div class="failure" role="alert">
          {reading.error}
        </div>
      )}
      {reading.problems.map(({ partition, message }) => (
        <div key={partition} class="failure" role="alert">
          Partition {partition}: {message}
        </div>
      ))}
      <div class={selected ? 'with-panel' : ''}>
        <div>
          <Table
            label={`Records of ${topic.name}`}
            rows={reading.rows}
            columns={columns}
            rowKey={rowKey}
            selected={selected === null ? null : rowKey(selected)}
            onOpen={select}
            rowClass={({ kind }) => kind}
            empty={reading.isBusy ? (question.from === 'live' ? 'Waiting for records.' : 'Reading …') : 'No records.'}
          />
          {reading.hasMore && !reading.isBusy && <MoreRows onMore={reading.more} />}
        </div>
        {selected && (
          <RecordPanel
            key={rowKey(selected)}
            topic={topic.name}
            row={selected}
            onClose={() => select(null)}
            onAgain={mayNotWrite === null ? () => produceAgain(selected) : null}
          />
        )}
      </div>
      {dialog === 'produce' && (
        <ProduceDialog topic={topic} template={template} onClose={() => setDialog(null)} onDone={reading.again} />
      )}
      {dialog === 'import' && (
        <ImportDialog topic={topic.name} onClose={() => setDialog(null)} onDone={reading.again} />
      )}
    </div>
  )
}

function columnsOf(hasPartitions: boolean, hasRoom: boolean): Column<RecordRow>[] {
  const partition: Column<RecordRow> = { title: 'Part.', right: true, width: '3rem', cell: (row) => row.partition }
  const time: Column<RecordRow> = {
    title: 'Time',
    from: 'medium',
    width: '10.5rem',
    cell: (row) => <span class="muted">{shortTime(row.timestamp)}</span>,
  }
  return [
    { title: 'Offset', width: '5.5rem', cell: (row) => <span class="mono">{row.offset}</span> },
    ...(hasPartitions ? [partition] : []),
    ...(hasRoom ? [time] : []),
    { title: 'Key', width: 'minmax(4rem, 1fr)', cell: (row) => <Line row={row} of="key" /> },
    { title: 'Value', width: 'minmax(7rem, 3fr)', cell: (row) => <Line row={row} of="value" /> },
  ]
}

/** The fields of a key of Kafka's own, without their names. */
const keyWords = (key: Json | undefined): string =>
  typeof key === 'object' && key !== null ? Object.values(key).map(String).join(' ') : ''

/** A key or a value in one line; a record of Kafka's own in the words of its type. */
function Line({ row, of }: { row: RecordRow; of: 'key' | 'value' }): JSX.Element {
  const { decoded, kind } = row
  if (decoded !== null) {
    const text = of === 'key' ? keyWords(decoded.key) : JSON.stringify(decoded.value)
    return (
      <span class="line mono">
        {of === 'key' && <Badge tone={kind === 'control' ? 'accent' : 'plain'}>{decoded.type}</Badge>} {text}
      </span>
    )
  }
  const bytes = row[of]
  const schema = of === 'key' ? row.keySchema : row.valueSchema
  return (
    <span class={`line mono ${bytes === null ? 'muted' : ''}`}>
      {of === 'value' && kind !== 'record' && <Badge tone={kind === 'aborted' ? 'bad' : 'warn'}>{kind}</Badge>}
      {undirected(schema?.problem === null ? schema.json.slice(0, LINE_LETTERS) : line(bytes, 'auto'))}
    </span>
  )
}

function QuestionBar(props: {
  question: Question
  topic: TopicDetail
  onAsk: (question: Question) => void
  onAgain: () => void
}): JSX.Element {
  const { question, topic, onAsk, onAgain } = props
  const [draft, setDraft] = useState(question)
  const [time, setTime] = useState('')
  const [hasPredicate, showPredicate] = useState(false)
  const change = (part: Partial<Question>) => setDraft({ ...draft, ...part })
  const askNow = (part: Partial<Question>) => {
    change(part)
    onAsk({ ...draft, ...part })
  }
  const submit = (event: Event) => {
    event.preventDefault()
    const at = draft.from === 'time' ? new Date(time).getTime() || 0 : draft.at
    const asked = { ...draft, at }
    if (JSON.stringify(asked) === JSON.stringify(question)) onAgain()
    else onAsk(asked)
  }
  return (
    <form class="question" onSubmit={submit}>
      <Choice
        label="Where to begin"
        value={draft.from}
        options={FROM}
        onChange={(from) => (from === 'offset' || from === 'time' ? change({ from }) : askNow({ from }))}
      />
      {draft.from === 'offset' && (
        <Text
          type="number"
          label="Offset"
          placeholder="Offset"
          value={String(draft.at)}
          onChange={(at) => change({ at: Number(at) })}
        />
      )}
      {draft.from === 'time' && <Text type="datetime-local" label="Time" value={time} onChange={setTime} />}
      <Choice
        label="Partition"
        value={draft.partition === null ? '' : String(draft.partition)}
        options={[
          ['', 'All partitions'],
          ...topic.partitions.map(({ partition }) => [String(partition), `Partition ${partition}`] as const),
        ]}
        onChange={(partition) => askNow({ partition: partition === '' ? null : Number(partition) })}
      />
      <Text label="Key contains" placeholder="Key contains" value={draft.key} onChange={(key) => change({ key })} />
      <Text
        label="Anything contains"
        placeholder="Anything contains"
        value={draft.contains}
        onChange={(contains) => change({ contains })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={draft.committedOnly}
          onChange={(event) => askNow({ committedOnly: event.currentTarget.checked })}
        />
        committed only
      </label>
      <button
        type="button"
        class="button plain"
        aria-expanded={hasPredicate}
        onClick={() => showPredicate(!hasPredicate)}
      >
        JavaScript
      </button>
      <button type="submit" class="button main">
        Read
      </button>
      {hasPredicate && (
        <input
          class="predicate mono"
          aria-label="JavaScript predicate"
          placeholder="value.total > 100 && headers.region === 'eu'"
          spellcheck={false}
          value={draft.predicate}
          onInput={(event) => change({ predicate: event.currentTarget.value })}
        />
      )}
    </form>
  )
}

function ExportMenu({ question, rows }: { question: Question; rows: readonly RecordRow[] }): JSX.Element {
  return (
    <details class="menu">
      <summary class="button plain">Export</summary>
      <div class="menu-items">
        <button
          type="button"
          onClick={() => download(`${question.topic}.jsonl`, rows.filter(({ kind }) => kind !== 'control').map(lineOf))}
        >
          What is shown
        </button>
        <a href={`${BASE}/records${path(question.topic)}/export?${streamQuery(question)}`} download>
          {question.predicate === '' ? 'The whole topic, as it is filtered' : 'The whole topic, without the predicate'}
        </a>
      </div>
    </details>
  )
}

/** Reads on when the end of the list comes into sight. */
function MoreRows({ onMore }: { onMore: () => void }): JSX.Element {
  const [place, setPlace] = useState<HTMLButtonElement | null>(null)
  useEffect(() => {
    if (place === null) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore(), { rootMargin: '400px' })
    observer.observe(place)
    return () => observer.disconnect()
  }, [place, onMore])
  return (
    <button type="button" class="more" ref={setPlace} onClick={onMore}>
      Read on
    </button>
  )
}

/** With a record open, the arrows go to the next one, and Escape closes it. */
function useStepping(
  rows: readonly RecordRow[],
  selected: RecordRow | null,
  select: (row: RecordRow | null) => void,
): void {
  useKeys((event) => {
    if (selected === null) return
    if (event.key === 'Escape') select(null)
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const at = rows.findIndex((row) => rowKey(row) === rowKey(selected))
    const next = rows[at + step]
    if (next !== undefined) select(next)
  })
}
