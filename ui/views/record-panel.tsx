/** One record as a whole: the key, the value and the headers, read in the way that one chooses. */
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { ReadBySchema, RecordRow } from '../../src/web/page/model.ts'
import { BASE, get, path } from '../lib/api.ts'
import { bytes, count, time, undirected } from '../lib/format.ts'
import { Action, Badge, Choice, Facts } from '../parts/basics.tsx'
import { Icon } from '../parts/icons.tsx'
import { JsonTree } from '../parts/json-tree.tsx'
import { doing, say } from '../parts/toast.tsx'
import { READINGS, type Read, type Reading, read, stringify } from '../records/bytes.ts'

const KINDS = {
  record: null,
  aborted: 'Of a transaction that was aborted: consumers with read_committed never see it.',
  open: 'Of a transaction that is open: consumers with read_committed do not see it yet.',
  control: 'Written by the broker: no consumer sees it.',
} as const

export function RecordPanel(props: {
  topic: string
  row: RecordRow
  onClose: () => void
  onAgain: (() => void) | null
}): JSX.Element {
  const { topic, onClose, onAgain } = props
  const [row, setRow] = useState(props.row)
  const note = KINDS[row.kind]
  return (
    <aside class="panel" aria-label="Record">
      <div class="panel-head">
        <h2>
          <span class="muted">{row.partition}:</span>
          {row.offset}
        </h2>
        <span class="actions">
          {onAgain && row.kind !== 'control' && <Action onClick={onAgain}>Produce again</Action>}
          <button type="button" class="plain-icon" aria-label="Close the record" onClick={onClose}>
            <Icon name="close" />
          </button>
        </span>
      </div>
      {note && (
        <p class="panel-note">
          <Badge tone={row.kind === 'aborted' ? 'bad' : row.kind === 'open' ? 'warn' : 'accent'}>{row.kind}</Badge>{' '}
          {note}
        </p>
      )}
      {row.decoded && (
        <section>
          <h3>
            {row.decoded.type}
            {row.decoded.version !== undefined && <span class="muted"> version {row.decoded.version}</span>}
          </h3>
          <div class="content mono">
            <JsonTree
              value={
                row.decoded.key === undefined ? row.decoded.value : { key: row.decoded.key, value: row.decoded.value }
              }
            />
          </div>
        </section>
      )}
      <Part title="Key" base64={row.key} size={row.keySize} schema={row.keySchema} file={fileOf(topic, row, 'key')} />
      <Part
        title="Value"
        base64={row.value}
        size={row.valueSize}
        schema={row.valueSchema}
        file={fileOf(topic, row, 'value')}
      />
      {isCut(row) && (
        <Action
          onClick={() =>
            doing(
              async () => setRow(await get(`/records${path(topic, row.partition, row.offset)}`)),
              'The whole record is shown',
            )
          }
        >
          Show all of it
        </Action>
      )}
      {row.headers.length > 0 && (
        <section>
          <h3>Headers</h3>
          {row.headers.map(({ key, value }, index) => (
            // Headers may have the same name.
            <Part key={index} title={key} base64={value} size={-1} schema={null} file={null} small />
          ))}
        </section>
      )}
      <Facts facts={factsOf(row)} />
    </aside>
  )
}

/** Where one has a part of the record as a file; null: all of it is shown. */
function fileOf(topic: string, row: RecordRow, part: 'key' | 'value'): string | null {
  const size = part === 'key' ? row.keySize : row.valueSize
  return lengthOf(row[part]) < size ? `${BASE}/records${path(topic, row.partition, row.offset, part)}` : null
}

const isCut = ({ key, value, keySize, valueSize }: RecordRow): boolean =>
  lengthOf(key) < keySize || lengthOf(value) < valueSize

const lengthOf = (base64: string | null): number =>
  base64 === null ? -1 : (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0)

/** More letters in one element are more than a browser lays out. */
const MOST_LETTERS = 200_000

const textOf = (found: Read): string =>
  found.as === 'null' ? 'null' : 'value' in found ? stringify(found.value) : found.text

/** As the schema has it, or in the way that one chooses. */
function readAs(base64: string | null, reading: Reading | 'schema', schema: ReadBySchema | null): Read {
  if (reading !== 'schema') return read(base64, reading)
  return schema === null || schema.problem !== null
    ? read(base64, 'auto')
    : { as: 'json', value: JSON.parse(schema.json) }
}

function Part(props: {
  title: string
  base64: string | null
  size: number
  schema: ReadBySchema | null
  file: string | null
  small?: boolean
}): JSX.Element {
  const { title, base64, size, schema, file } = props
  const bySchema = schema?.problem === null ? schema : null
  const [chosen, setReading] = useState<Reading | 'schema' | null>(null)
  const reading = chosen ?? (bySchema === null ? 'auto' : 'schema')
  const found = useMemo(() => readAs(base64, reading, schema), [base64, reading, schema])
  const copy = () => void navigator.clipboard?.writeText(textOf(found)).then(() => say('Copied'))
  const as = reading === 'auto' ? found.as : bySchema && reading === 'schema' ? `${bySchema.type} ${bySchema.id}` : ''
  const Title = props.small ? 'h4' : 'h3'
  return (
    <section class="part">
      <div class="part-head">
        <Title>
          {title} {size >= 0 && <span class="muted">{bytes(size)}</span>}
        </Title>
        <span class="actions">
          {base64 !== null && (
            <>
              <span class="muted small">{as}</span>
              <Choice
                label={`How to read ${title}`}
                value={reading}
                options={bySchema === null ? READINGS : ['schema', ...READINGS]}
                onChange={setReading}
              />
              <button type="button" class="quiet" onClick={copy}>
                Copy
              </button>
            </>
          )}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: It scrolls. */}
      <div class="content mono" tabIndex={0} role="group" aria-label={title}>
        {found.as === 'null' ? (
          <span class="muted">null</span>
        ) : 'value' in found ? (
          <JsonTree value={found.value} />
        ) : (
          <pre>{undirected(found.text.slice(0, MOST_LETTERS))}</pre>
        )}
      </div>
      {'text' in found && found.text.length > MOST_LETTERS && (
        <p class="muted small">{count(found.text.length - MOST_LETTERS)} more letters are had by Copy.</p>
      )}
      {schema?.problem && <p class="muted small">{schema.problem}</p>}
      {file && (
        <a class="small" href={file} download>
          All {bytes(size)} as a file
        </a>
      )}
    </section>
  )
}

function factsOf(row: RecordRow): (readonly [string, JSX.Element | string])[] {
  const facts: (readonly [string, JSX.Element | string])[] = [
    ['Time', `${time(row.timestamp)} (${row.timestampType})`],
    [
      'Batch',
      `at ${row.batchOffset}, ${bytes(row.batchBytes)}, ${row.compression === 'none' ? 'not compressed' : row.compression}`,
    ],
  ]
  if (row.producerId >= 0) {
    const sequence = row.sequence >= 0 ? `, sequence ${row.sequence}` : ''
    facts.push([
      'Producer',
      `${row.producerId}, epoch ${row.producerEpoch}${sequence}${row.transactional ? ', transactional' : ''}`,
    ])
  }
  return facts
}
