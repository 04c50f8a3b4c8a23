/** Sets the offsets of a group: first what would become of them, then that and nothing else. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { GroupDetail, OffsetChange } from '../../src/web/page/model.ts'
import { path, post } from '../lib/api.ts'
import { count, plural } from '../lib/format.ts'
import { Choice, Field, FormDialog, Text } from '../parts/basics.tsx'
import { say } from '../parts/toast.tsx'

type To = 'earliest' | 'latest' | 'offset' | 'time' | 'by'

export function ResetDialog({
  group,
  onClose,
  onDone,
}: {
  group: GroupDetail
  onClose: () => void
  onDone: () => void
}): JSX.Element {
  const topics = [...new Set(group.partitions.map(({ topic }) => topic))]
  const [topic, setTopic] = useState('')
  const [to, setTo] = useState<To>('earliest')
  const [value, setValue] = useState('')
  const [preview, setPreview] = useState<OffsetChange[] | null>(null)
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value)
      setPreview(null)
    }
  const look = async () => {
    const number = to === 'time' ? new Date(value).getTime() : Number(value)
    const needsValue = to === 'offset' || to === 'time' || to === 'by'
    const plan = { to, ...(needsValue ? { value: number } : {}), ...(topic === '' ? {} : { topic }) }
    setPreview(await post<OffsetChange[]>(`/groups${path(group.groupId)}/preview`, plan))
    return false
  }
  const apply = async () => {
    await post(`/groups${path(group.groupId)}/offsets`, { changes: preview })
    say(`The offsets of ${group.groupId} were set`)
    onDone()
  }
  return (
    <FormDialog
      title={`Reset offsets of ${group.groupId}`}
      action={preview === null ? 'Preview' : `Set ${plural(preview.length, 'offset')}`}
      danger={preview !== null}
      wide
      onClose={onClose}
      onSubmit={preview === null ? look : apply}
    >
      <div class="two">
        <Field label="Topic">
          <Choice
            value={topic}
            options={[['', 'All topics'], ...topics.map((each) => [each, each] as const)]}
            onChange={change(setTopic)}
          />
        </Field>
        <Field label="To">
          <Choice
            value={to}
            options={[
              ['earliest', 'The first record'],
              ['latest', 'The end'],
              ['offset', 'An offset'],
              ['time', 'A time'],
              ['by', 'So many records on (or back)'],
            ]}
            onChange={change(setTo)}
          />
        </Field>
      </div>
      {(to === 'offset' || to === 'by') && (
        <Field label={to === 'by' ? 'Records, negative for back' : 'Offset'}>
          <Text type="number" value={value} onChange={change(setValue)} required />
        </Field>
      )}
      {to === 'time' && (
        <Field label="Time">
          <Text type="datetime-local" value={value} onChange={change(setValue)} required />
        </Field>
      )}
      {preview !== null && <Preview changes={preview} />}
      {preview !== null && <p class="muted">Nothing has changed yet.</p>}
    </FormDialog>
  )
}

function Preview({ changes }: { changes: readonly OffsetChange[] }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: It scrolls.
    <div class="preview" tabIndex={0} role="group" aria-label="Preview">
      <table>
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col" class="right">
              From
            </th>
            <th scope="col" class="right">
              To
            </th>
            <th scope="col" class="right">
              Lag then
            </th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ topic, partition, from, to, end }) => (
            <tr key={`${topic}:${partition}`}>
              <td>
                {topic} {partition}
              </td>
              <td class="right">{count(from)}</td>
              <td class="right">{from === to ? <span class="muted">the same</span> : <strong>{count(to)}</strong>}</td>
              <td class="right">{count(end - to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
