/** Faults of the control API: rules on requests of clients, a bad network, a bad disk. The page itself is spared by rules. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { post, remove } from '../lib/api.ts'
import { count, plural } from '../lib/format.ts'
import { type Fetched, useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Choice, Field, FormDialog, Head, Text } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { doing, say } from '../parts/toast.tsx'

interface RuleRow {
  readonly id: string
  readonly rule: string
  readonly hits: number
}
interface ConditionRow {
  readonly id: string
  /** `network {"latencyMs":100}` */
  readonly condition: string
}
type Made = 'rule' | 'network' | 'disk' | 'cut'

export function Faults(): JSX.Element {
  const rules = useFetch<RuleRow[]>('/faults/rules', 2_000)
  const conditions = useFetch<ConditionRow[]>('/faults/conditions', 2_000)
  const [made, make] = useState<Made | null>(null)
  const whyNot = useWhyNot()
  const done = () => {
    rules.reload()
    conditions.reload()
  }
  const dialog = { onClose: () => make(null), onDone: done }
  return (
    <>
      <Head title="Faults" note={rules.data && plural(rules.data.length + (conditions.data?.length ?? 0), 'fault')}>
        <Action tone="main" icon="plus" whyNot={whyNot} onClick={() => make('rule')}>
          Rule
        </Action>
        <Action whyNot={whyNot} onClick={() => make('network')}>
          Network
        </Action>
        <Action whyNot={whyNot} onClick={() => make('disk')}>
          Disk
        </Action>
        <Action whyNot={whyNot} onClick={() => make('cut')}>
          Cut
        </Action>
        <Action
          tone="danger"
          whyNot={whyNot}
          onClick={() =>
            doing(async () => {
              await remove('/faults/faults')
              done()
            }, 'All faults are gone')
          }
        >
          End all
        </Action>
      </Head>
      <Rules rules={rules} />
      {conditions.data !== null && conditions.data.length > 0 && <Conditions conditions={conditions} />}
      {made === 'rule' && <MakeRule {...dialog} />}
      {made !== null && made !== 'rule' && <FieldsDialog key={made} form={FORMS[made]} dialog={dialog} />}
    </>
  )
}

/** The broker says who may; a page that is read-only says so at once. */
function useWhyNot(): string | null {
  const { whyNot } = useRights()
  return whyNot('', [''])
}

function Rules({ rules }: { rules: Fetched<RuleRow[]> }): JSX.Element {
  const whyNot = useWhyNot()
  const columns: Column<RuleRow>[] = [
    {
      title: 'Rule',
      width: 'minmax(8rem, 4fr)',
      cell: (row) => (
        <span class="line" title={row.rule}>
          {row.rule.replace(/^The rule on /, '')}
        </span>
      ),
    },
    { title: 'Hits', width: '4rem', right: true, by: (row) => row.hits, cell: (row) => count(row.hits) },
    {
      title: 'Change',
      width: '10rem',
      cell: (row) => (
        <span class="actions">
          {row.rule.endsWith('holds') && (
            <Action
              whyNot={whyNot}
              onClick={() => doing(() => post(`/faults/rules/${row.id}/release`, {}), 'They go on')}
            >
              Release
            </Action>
          )}
          <Action
            whyNot={whyNot}
            onClick={() =>
              doing(async () => {
                await remove(`/faults/rules/${row.id}`)
                rules.reload()
              }, 'The rule is gone')
            }
          >
            End
          </Action>
        </span>
      ),
    },
  ]
  return (
    <Awaited of={rules}>
      {(rows) => (
        <Table
          label="Rules"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.id}
          empty="No request of a client is meant to fail. Rules that a program makes by its broker object are not in this list."
        />
      )}
    </Awaited>
  )
}

function Conditions({ conditions }: { conditions: Fetched<ConditionRow[]> }): JSX.Element {
  const whyNot = useWhyNot()
  const columns: Column<ConditionRow>[] = [
    {
      title: 'Network and disk',
      width: 'minmax(9rem, 4fr)',
      cell: (row) => (
        <span class="line" title={row.condition}>
          {row.condition}
        </span>
      ),
    },
    {
      title: 'Change',
      width: '6rem',
      cell: ({ id, condition }) => (
        <Action
          whyNot={whyNot}
          onClick={() =>
            doing(async () => {
              await remove(`/faults/${condition.startsWith('disk') ? 'disk' : 'network'}/${id}`)
              conditions.reload()
            }, 'It is gone')
          }
        >
          End
        </Action>
      ),
    },
  ]
  return <Table label="Network and disk" rows={conditions.data ?? []} columns={columns} rowKey={(row) => row.id} />
}

interface DialogProps {
  readonly onClose: () => void
  readonly onDone: () => void
}

/** The fields that were filled, with numbers where numbers are meant. */
function filled(texts: Readonly<Record<string, string>>, numbers: readonly string[]): Record<string, unknown> {
  const given = Object.entries(texts).filter(([, text]) => text !== '')
  return Object.fromEntries(given.map(([name, text]) => [name, numbers.includes(name) ? Number(text) : text]))
}

const APIS = [
  ...['Produce', 'Fetch', 'ListOffsets', 'Metadata', 'FindCoordinator', 'ApiVersions', 'InitProducerId'],
  ...['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch', 'ConsumerGroupHeartbeat'],
  ...['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn', 'ShareFetch', 'ShareAcknowledge'],
  ...['CreateTopics', 'DeleteTopics', 'DescribeConfigs', 'IncrementalAlterConfigs', 'SaslAuthenticate'],
]
const ACTIONS = [
  ['error', 'answer an error'],
  ['delayMs', 'wait first'],
  ['drop', 'break the connection'],
  ['hold', 'hold it until it is released'],
  ['throttleMs', 'throttle the client'],
  ['', 'only count'],
] as const
type ActionName = (typeof ACTIONS)[number][0]

function MakeRule({ onClose, onDone }: DialogProps): JSX.Element {
  const [action, setAction] = useState<ActionName>('error')
  const [drop, setDrop] = useState<'request' | 'response'>('request')
  const [fields, setFields] = useState<Record<string, string>>({ api: 'Produce' })
  const of = (name: string) => ({
    value: fields[name] ?? '',
    onChange: (text: string) => setFields({ ...fields, [name]: text }),
  })
  const submit = async () => {
    const { error = '', delayMs = '', throttleMs = '', ...rest } = fields
    const acts = { error: { error }, delayMs: { delayMs }, throttleMs: { throttleMs } } as const
    const numbers = ['partition', 'times', 'chance', 'delayMs', 'throttleMs']
    const asked = filled({ ...rest, ...(action in acts ? acts[action as keyof typeof acts] : {}) }, numbers)
    const other = action === 'drop' ? { drop } : action === 'hold' ? { hold: true } : {}
    await post('/faults/rules', { ...asked, ...other })
    say('The rule is in force')
    onDone()
  }
  return (
    <FormDialog title="Make a rule" action="Make" onClose={onClose} onSubmit={submit}>
      <div class="two">
        <Field label="Requests of">
          <Text {...of('api')} list="apis" required />
        </Field>
        <Field label="What happens">
          <Choice value={action} options={ACTIONS} onChange={setAction} />
        </Field>
        {action === 'error' && (
          <Field label="Error" hint="Kafka’s name of it">
            <Text {...of('error')} placeholder="NOT_LEADER_OR_FOLLOWER" required />
          </Field>
        )}
        {(action === 'delayMs' || action === 'throttleMs') && (
          <Field label="Milliseconds">
            <Text type="number" {...of(action)} required />
          </Field>
        )}
        {action === 'drop' && (
          <Field label="When">
            <Choice
              value={drop}
              options={[
                ['request', 'before anything is done'],
                ['response', 'in place of the answer'],
              ]}
              onChange={setDrop}
            />
          </Field>
        )}
        <Field label="Topic" hint="Empty: any">
          <Text {...of('topic')} />
        </Field>
        <Field label="Partition" hint="Empty: any">
          <Text type="number" {...of('partition')} />
        </Field>
        <Field label="Client id" hint="Empty: any">
          <Text {...of('clientId')} />
        </Field>
        <Field label="Group" hint="Empty: any">
          <Text {...of('groupId')} />
        </Field>
        <Field label="Times" hint="Empty: until it is ended">
          <Text type="number" {...of('times')} />
        </Field>
        <Field label="Chance" hint="0 to 1; empty: always">
          <Text {...of('chance')} />
        </Field>
      </div>
      <datalist id="apis">
        {APIS.map((api) => (
          <option key={api} value={api} />
        ))}
      </datalist>
    </FormDialog>
  )
}

interface Form {
  readonly title: string
  readonly action: string
  readonly path: string
  /** The words when it is done. */
  readonly said: string
  readonly fields: readonly (readonly [name: string, label: string, hint: string, type: 'text' | 'number'])[]
}

const FORMS: Readonly<Record<Exclude<Made, 'rule'>, Form>> = {
  network: {
    title: 'A bad network',
    action: 'Make',
    path: '/faults/network',
    said: 'Everything that is sent is like that now',
    fields: [
      ['latencyMs', 'Latency', 'Milliseconds', 'number'],
      ['jitterMs', 'Jitter', 'Milliseconds', 'number'],
      ['bytesPerSecond', 'Bytes a second', 'Empty: no limit', 'number'],
    ],
  },
  disk: {
    title: 'A bad disk',
    action: 'Make',
    path: '/faults/disk',
    said: 'The disk is like that now',
    fields: [
      ['error', 'Error', 'ENOSPC, EIO; empty: it only takes long', 'text'],
      ['stallMs', 'Stall', 'Milliseconds', 'number'],
      ['path', 'Files', 'A regular expression for their paths; empty: all', 'text'],
      ['times', 'Times', 'Empty: until it is ended', 'number'],
    ],
  },
  cut: {
    title: 'Cut connections',
    action: 'Cut',
    path: '/faults/cut',
    said: 'The connections were broken; clients may connect again',
    fields: [['clientId', 'Client id', 'Empty: all clients', 'text']],
  },
}

/** A dialog of a few fields that are sent as they are. */
function FieldsDialog({ form, dialog }: { form: Form; dialog: DialogProps }): JSX.Element {
  const { title, action, path, said, fields } = form
  const [texts, setTexts] = useState<Record<string, string>>({})
  const numbers = fields.filter(([, , , type]) => type === 'number').map(([name]) => name)
  const submit = async () => {
    await post(path, filled(texts, numbers))
    say(said)
    dialog.onDone()
  }
  return (
    <FormDialog title={title} action={action} onClose={dialog.onClose} onSubmit={submit}>
      {fields.map(([name, label, hint, type]) => (
        <Field key={name} label={label} hint={hint}>
          <Text type={type} value={texts[name] ?? ''} onChange={(text) => setTexts({ ...texts, [name]: text })} />
        </Field>
      ))}
    </FormDialog>
  )
}
