/** Records that a person writes, or brings from a file. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { RecordRow, TopicDetail } from '../../src/web/page/model.ts'
import { path, post } from '../lib/api.ts'
import { plural } from '../lib/format.ts'
import { Choice, Field, FormDialog, Text } from '../parts/basics.tsx'
import { say } from '../parts/toast.tsx'
import { importLines, lineOf } from '../records/json-lines.ts'

type Encoding = 'text' | 'base64'
type Header = { key: string; value: string | null; encoding?: string }

interface Draft {
  key: string | null
  keyEncoding: Encoding
  value: string | null
  valueEncoding: Encoding
  headers: Header[]
}

function draftOf(template: RecordRow | null): Draft {
  if (template === null) return { key: null, keyEncoding: 'text', value: '', valueEncoding: 'text', headers: [] }
  const line = lineOf(template) as unknown as Record<string, string | null> & { headers: Header[] }
  return {
    key: line.key ?? null,
    keyEncoding: line.keyEncoding ? 'base64' : 'text',
    value: line.value ?? null,
    valueEncoding: line.valueEncoding ? 'base64' : 'text',
    headers: line.headers,
  }
}

export function ProduceDialog(props: {
  topic: TopicDetail
  template: RecordRow | null
  onClose: () => void
  onDone: () => void
}): JSX.Element {
  const { topic, template, onClose, onDone } = props
  const [draft, setDraft] = useState(() => draftOf(template))
  const [partition, setPartition] = useState(template === null ? '' : String(template.partition))
  const [compression, setCompression] = useState('none')
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const changeHeader = (index: number, part: Partial<Header>) =>
    change({ headers: draft.headers.map((each, at) => (at === index ? { ...each, ...part } : each)) })
  const submit = async () => {
    const { key, keyEncoding, value, valueEncoding, headers } = draft
    const record = {
      ...(partition === '' ? {} : { partition: Number(partition) }),
      key,
      value,
      headers: headers.filter((header) => header.key !== ''),
      ...(keyEncoding === 'base64' ? { keyEncoding } : {}),
      ...(valueEncoding === 'base64' ? { valueEncoding } : {}),
    }
    const [written] = await post<{ partition: number; offset: number }[]>(`/records${path(topic.name)}`, {
      records: [record],
      compression,
    })
    say(`Written to partition ${written?.partition} at ${written?.offset}`)
    onDone()
  }
  const partitions = topic.partitions.map(({ partition }) => [String(partition), `Partition ${partition}`] as const)
  return (
    <FormDialog title={`Produce to ${topic.name}`} action="Produce" wide onClose={onClose} onSubmit={submit}>
      <Bytes
        label="Key"
        rows={2}
        value={draft.key}
        encoding={draft.keyEncoding}
        onChange={(key, keyEncoding) => change({ key, keyEncoding })}
      />
      <Bytes
        label="Value"
        rows={8}
        value={draft.value}
        encoding={draft.valueEncoding}
        onChange={(value, valueEncoding) => change({ value, valueEncoding })}
      />
      <fieldset class="headers">
        <legend>Headers</legend>
        {draft.headers.map((header, index) => (
          // Headers may have the same name.
          <div class="header-row" key={index}>
            <Text
              label={`Name of header ${index + 1}`}
              placeholder="Name"
              value={header.key}
              onChange={(key) => changeHeader(index, { key })}
            />
            <Text
              label={`Value of header ${index + 1}`}
              placeholder="Value"
              value={header.value ?? ''}
              onChange={(value) => changeHeader(index, { value })}
            />
            <button
              type="button"
              class="quiet"
              onClick={() => change({ headers: draft.headers.filter((_, at) => at !== index) })}
            >
              Remove
            </button>
          </div>
        ))}
        <button
          type="button"
          class="quiet"
          onClick={() => change({ headers: [...draft.headers, { key: '', value: '' }] })}
        >
          Add a header
        </button>
      </fieldset>
      <div class="two">
        <Field label="Partition">
          <Choice value={partition} options={[['', 'By the key'], ...partitions]} onChange={setPartition} />
        </Field>
        <Field label="Compression">
          <Choice value={compression} options={['none', 'gzip', 'snappy', 'lz4', 'zstd']} onChange={setCompression} />
        </Field>
      </div>
    </FormDialog>
  )
}

function Bytes(props: {
  label: string
  rows: number
  value: string | null
  encoding: Encoding
  onChange: (value: string | null, encoding: Encoding) => void
}): JSX.Element {
  const { label, rows, value, encoding, onChange } = props
  const form = value === null ? 'null' : encoding
  return (
    <div class="field">
      <div class="field-row">
        <span class="field-label">{label}</span>
        <Choice
          label={`Form of the ${label.toLowerCase()}`}
          value={form}
          options={['text', 'base64', 'null']}
          onChange={(next) => onChange(next === 'null' ? null : (value ?? ''), next === 'base64' ? 'base64' : 'text')}
        />
      </div>
      <textarea
        class="mono"
        aria-label={label}
        rows={rows}
        spellcheck={false}
        disabled={value === null}
        value={value ?? ''}
        onInput={(event) => onChange(event.currentTarget.value, encoding)}
      />
    </div>
  )
}

export function ImportDialog(props: { topic: string; onClose: () => void; onDone: () => void }): JSX.Element {
  const [file, setFile] = useState<File | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const submit = async () => {
    if (file === null) throw new Error('Choose a file first.')
    const written = await importLines(props.topic, await file.text(), (at, all) => setDone(`${at} of ${all}`))
    say(`${plural(written, 'record')} written`)
    props.onDone()
  }
  return (
    <FormDialog title={`Import into ${props.topic}`} action="Import" onClose={props.onClose} onSubmit={submit}>
      <p>
        JSON lines, as Export writes them: an object with <code>key</code>, <code>value</code>, <code>headers</code>,{' '}
        <code>partition</code> and <code>timestamp</code>, each of which may be left out. A line that is anything else
        is a value.
      </p>
      <Field label="File">
        <input
          type="file"
          accept=".jsonl,.ndjson,.json,.txt"
          onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
        />
      </Field>
      {done && <p role="status">{done}</p>}
    </FormDialog>
  )
}
