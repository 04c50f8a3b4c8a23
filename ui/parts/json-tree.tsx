/** A value of JSON as a tree that is folded below its second level. All of it are text nodes: nothing of a record is ever markup. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { undirected } from '../lib/format.ts'

const OPEN_LEVELS = 2
/** The number of children that are shown at first. */
const MOST_CHILDREN = 100

export function JsonTree({ value, level = 0 }: { value: unknown; level?: number }): JSX.Element {
  if (typeof value !== 'object' || value === null) return <Leaf value={value} />
  const isArray = Array.isArray(value)
  const entries = isArray ? value.map((each, index) => [index, each] as const) : Object.entries(value)
  return <Branch isArray={isArray} entries={entries} level={level} />
}

function Branch(props: { isArray: boolean; entries: readonly (readonly [string | number, unknown])[]; level: number }) {
  const { isArray, entries, level } = props
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS && entries.length <= MOST_CHILDREN)
  const [most, setMost] = useState(MOST_CHILDREN)
  const [begin, end] = isArray ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) return <span class="json-mark">{begin + end}</span>
  return (
    <>
      <button type="button" class="json-fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? begin : `${begin} ${entries.length} ${end}`}
      </button>
      {isOpen && (
        <>
          <ul class="json-children">
            {entries.slice(0, most).map(([key, each]) => (
              <li key={key}>
                <span class="json-key">{isArray ? key : undirected(JSON.stringify(key))}</span>
                <span class="json-mark">: </span>
                <JsonTree value={each} level={level + 1} />
              </li>
            ))}
            {entries.length > most && (
              <li>
                <button type="button" class="json-fold" onClick={() => setMost(most + 1_000)}>
                  {entries.length - most} more
                </button>
              </li>
            )}
          </ul>
          <span class="json-mark">{end}</span>
        </>
      )}
    </>
  )
}

function Leaf({ value }: { value: unknown }): JSX.Element {
  const kind = value === null ? 'null' : typeof value
  return (
    <span class={`json-${kind}`}>
      {undirected(typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value)))}
    </span>
  )
}
