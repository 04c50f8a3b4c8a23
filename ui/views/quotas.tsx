/** Quotas: how much of the broker each user, client id or address may take. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { QuotaRow } from '../../src/web/page/model.ts'
import { post } from '../lib/api.ts'
import { plural } from '../lib/format.ts'
import { useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, Choice, Field, FormDialog, Head, Text } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { doing, say } from '../parts/toast.tsx'

const KEYS = [
  'producer_byte_rate',
  'consumer_byte_rate',
  'request_percentage',
  'controller_mutation_rate',
  'connection_creation_rate',
]

const entityText = (entity: QuotaRow['entity']): string =>
  entity.map(({ type, name }) => `${type} ${name ?? '(everybody else)'}`).join(', ')

export function Quotas(): JSX.Element {
  const quotas = useFetch<QuotaRow[]>('/access/quotas')
  const [edited, edit] = useState<QuotaRow | null>(null)
  const { onCluster } = useRights()
  const columns: Column<QuotaRow>[] = [
    {
      title: 'Of',
      width: 'minmax(6rem, 1fr)',
      by: (row) => entityText(row.entity),
      cell: (row) => <span class="line">{entityText(row.entity)}</span>,
    },
    {
      title: 'Limits',
      width: 'minmax(6.5rem, 2fr)',
      cell: (row) => (
        <span class="line">
          {Object.entries(row.values).map(([key, value]) => (
            <Badge key={key}>
              {key} = {value}
            </Badge>
          ))}
        </span>
      ),
    },
    {
      title: 'Change',
      width: '10.5rem',
      cell: (row) => (
        <span class="actions">
          <Action whyNot={onCluster('ALTER_CONFIGS')} onClick={() => edit(row)}>
            Change
          </Action>
          <Action
            whyNot={onCluster('ALTER_CONFIGS')}
            onClick={() =>
              doing(async () => {
                const values = Object.fromEntries(Object.keys(row.values).map((key) => [key, null]))
                await post('/access/quotas', { entity: row.entity, values })
                quotas.reload()
              }, 'The quotas were deleted')
            }
          >
            Delete
          </Action>
        </span>
      ),
    },
  ]
  return (
    <>
      <Head title="Quotas" note={quotas.data && plural(quotas.data.length, 'entry', 'entries')}>
        <Action
          tone="main"
          icon="plus"
          whyNot={onCluster('ALTER_CONFIGS')}
          onClick={() => edit({ entity: [], values: {} })}
        >
          Create
        </Action>
      </Head>
      <Awaited of={quotas}>
        {(rows) => (
          <Table
            label="Quotas"
            rows={rows}
            columns={columns}
            rowKey={(row) => entityText(row.entity)}
            sort={{ column: 0, down: false }}
            empty="Nobody has a quota."
          />
        )}
      </Awaited>
      {edited && <EditQuota row={edited} onClose={() => edit(null)} onDone={quotas.reload} />}
    </>
  )
}

function EditQuota({ row, onClose, onDone }: { row: QuotaRow; onClose: () => void; onDone: () => void }): JSX.Element {
  const isNew = row.entity.length === 0
  const [type, setType] = useState('user')
  const [name, setName] = useState('')
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(Object.entries(row.values).map(([key, value]) => [key, String(value)])),
  )
  const entity = isNew ? [{ type, name: name === '' ? null : name }] : row.entity
  const keys = KEYS.filter((key) => (key === 'connection_creation_rate') === (entity[0]?.type === 'ip'))
  const submit = async () => {
    const changed = keys.flatMap((key): [string, number | null][] => {
      const text = values[key] ?? ''
      if (text === '') return key in row.values ? [[key, null]] : []
      return [[key, Number(text)]]
    })
    await post('/access/quotas', { entity, values: Object.fromEntries(changed) })
    say('The quotas hold from now on')
    onDone()
  }
  return (
    <FormDialog
      title={isNew ? 'Create quotas' : `Quotas of ${entityText(row.entity)}`}
      action="Save"
      onClose={onClose}
      onSubmit={submit}
    >
      {isNew && (
        <div class="two">
          <Field label="Of a">
            <Choice value={type} options={['user', 'client-id', 'ip']} onChange={setType} />
          </Field>
          <Field label="Name" hint="Empty: everybody who has none of their own">
            <Text value={name} onChange={setName} />
          </Field>
        </div>
      )}
      {keys.map((key) => (
        <Field key={key} label={key} hint={HINTS[key]}>
          <Text type="number" value={values[key] ?? ''} onChange={(value) => setValues({ ...values, [key]: value })} />
        </Field>
      ))}
    </FormDialog>
  )
}

const HINTS: Readonly<Record<string, string>> = {
  producer_byte_rate: 'Bytes a second that may be produced',
  consumer_byte_rate: 'Bytes a second that may be consumed',
  request_percentage: 'Share of the broker’s time, in hundredths of one thread',
  controller_mutation_rate: 'Partitions a second that may be created or deleted',
  connection_creation_rate: 'Connections a second that may be made',
}
