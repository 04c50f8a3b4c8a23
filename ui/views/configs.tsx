/** A configuration: each key with its value, where that comes from, and Kafka's own words on it. */
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { ConfigRow } from '../../src/web/page/model.ts'
import { post } from '../lib/api.ts'
import { inUnits } from '../lib/format.ts'
import { useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, Choice, Field, Filter, FormDialog, Text } from '../parts/basics.tsx'
import { say } from '../parts/toast.tsx'

/** `own`: the source of values that were set right here, and that can be taken back here. */
export function Configs(props: { at: string; own: ConfigRow['source']; operations?: readonly string[] }): JSX.Element {
  const configs = useFetch<ConfigRow[]>(props.at)
  const [filter, setFilter] = useState('')
  const [onlySet, setOnlySet] = useState(false)
  const [edited, edit] = useState<ConfigRow | null>(null)
  const { whyNot, onCluster } = useRights()
  const mayNot = props.operations === undefined ? onCluster('ALTER_CONFIGS') : whyNot('ALTER_CONFIGS', props.operations)
  const shown = useMemo(() => {
    const words = filter.toLowerCase()
    return (configs.data ?? []).filter(
      (row) =>
        (!onlySet || row.source !== 'default') &&
        (row.name.includes(words) || (row.value ?? '').toLowerCase().includes(words)),
    )
  }, [configs.data, filter, onlySet])
  return (
    <Awaited of={configs}>
      {() => (
        <>
          <div class="bar">
            <Filter label="Filter keys" value={filter} onChange={setFilter} />
            <label class="check">
              <input type="checkbox" checked={onlySet} onChange={(event) => setOnlySet(event.currentTarget.checked)} />
              only what is set
            </label>
          </div>
          <ul class="configs">
            {shown.map((row) => (
              <Config
                key={row.name}
                row={row}
                mayNot={row.readOnly ? 'It is read at the start only' : mayNot}
                onEdit={() => edit(row)}
              />
            ))}
          </ul>
          {shown.length === 0 && <div class="empty">No key is like that.</div>}
          {edited && (
            <EditConfig row={edited} at={props.at} own={props.own} onClose={() => edit(null)} onDone={configs.reload} />
          )}
        </>
      )}
    </Awaited>
  )
}

function Config({ row, mayNot, onEdit }: { row: ConfigRow; mayNot: string | null; onEdit: () => void }): JSX.Element {
  const [isOpen, setOpen] = useState(false)
  const units = inUnits(row.name, row.value)
  return (
    <li class="config">
      <button type="button" class="config-name mono" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {row.name}
      </button>
      <span class="config-value mono">
        {row.sensitive ? '(hidden)' : (row.value ?? 'null')}
        {units !== null && <span class="muted"> {units}</span>}
      </span>
      <Badge tone={row.source === 'default' ? 'plain' : 'accent'}>{row.source}</Badge>
      <Action whyNot={mayNot} onClick={onEdit}>
        Change
      </Action>
      {isOpen && (
        <div class="config-words">
          <p>{plainText(row.documentation ?? '') || 'Kafka says nothing about this key.'}</p>
          <p class="muted">Type: {row.type}.</p>
          {row.synonyms.length > 0 && (
            <ol>
              {row.synonyms.map(({ name, value, source }) => (
                <li key={`${name}${source}`}>
                  <span class="mono">
                    {name} = {row.sensitive ? '(hidden)' : (value ?? 'null')}
                  </span>{' '}
                  <span class="muted">{source}</span>
                </li>
              ))}
            </ol>
          )}
        </div>
      )}
    </li>
  )
}

function EditConfig(props: {
  row: ConfigRow
  at: string
  own: string
  onClose: () => void
  onDone: () => void
}): JSX.Element {
  const { row, at, own, onClose, onDone } = props
  const [value, setValue] = useState(row.value ?? '')
  const save = async (next: string | null) => {
    await post(at, { [row.name]: next })
    say(next === null ? `${row.name} is back at what it was before` : `${row.name} is ${next}`)
    onDone()
  }
  return (
    <FormDialog title={row.name} action="Save" onClose={onClose} onSubmit={() => save(value)}>
      <p class="muted">{plainText(row.documentation ?? '')}</p>
      <Field label={`Value (${row.type})`}>
        {row.type === 'boolean' ? (
          <Choice value={value} options={['true', 'false']} onChange={setValue} />
        ) : (
          <Text type={row.sensitive ? 'password' : 'text'} value={value} onChange={setValue} />
        )}
      </Field>
      {row.source === own && (
        <button
          type="button"
          class="quiet"
          onClick={() => save(null).then(onClose, (error) => say(error.message, true))}
        >
          Take it back
        </button>
      )}
    </FormDialog>
  )
}

/** Kafka's words are written for a web page; here they are text. */
function plainText(html: string): string {
  return (
    new DOMParser()
      .parseFromString(html.replaceAll(/<(li|p|br)[^>]*>/g, ' · '), 'text/html')
      .body.textContent?.replace(/^ · /, '') ?? ''
  )
}
