/** The users that may log in, and their credentials. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { UserRow } from '../../src/web/page/model.ts'
import { path, post, remove } from '../lib/api.ts'
import { useFetch } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, Choice, Field, FormDialog, Head, Text } from '../parts/basics.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { doing, say } from '../parts/toast.tsx'

export function Users(): JSX.Element {
  const users = useFetch<UserRow[]>('/access/users')
  const [edited, edit] = useState<string | null>(null)
  const { onCluster } = useRights()
  const columns: Column<UserRow>[] = [
    { title: 'User', width: 'minmax(8rem, 1fr)', by: (row) => row.name, cell: (row) => row.name },
    {
      title: 'Credentials',
      width: 'minmax(10rem, 2fr)',
      from: 'medium',
      cell: (row) => (
        <span class="line">
          {row.credentials.map(({ mechanism }) => (
            <Badge key={mechanism}>{mechanism}</Badge>
          ))}
        </span>
      ),
    },
    {
      title: 'Change',
      width: '15rem',
      cell: (row) => (
        <span class="actions">
          <Action whyNot={onCluster('ALTER')} onClick={() => edit(row.name)}>
            Set password
          </Action>
          <Action
            whyNot={onCluster('ALTER')}
            onClick={() =>
              doing(async () => {
                for (const { mechanism } of row.credentials) await remove(`/access/users${path(row.name, mechanism)}`)
                users.reload()
              }, `${row.name} cannot log in any more`)
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
      <Head title="Users" note="with SCRAM credentials in the metadata; those of samsa.users are the configuration's">
        <Action tone="main" icon="plus" whyNot={onCluster('ALTER')} onClick={() => edit('')}>
          Create
        </Action>
      </Head>
      <Awaited of={users}>
        {(rows) => (
          <Table
            label="Users"
            rows={rows}
            columns={columns}
            rowKey={(row) => row.name}
            sort={{ column: 0, down: false }}
            empty="There is no user."
          />
        )}
      </Awaited>
      {edited !== null && <SetPassword name={edited} onClose={() => edit(null)} onDone={users.reload} />}
    </>
  )
}

function SetPassword({
  name: given,
  onClose,
  onDone,
}: {
  name: string
  onClose: () => void
  onDone: () => void
}): JSX.Element {
  const [name, setName] = useState(given)
  const [mechanism, setMechanism] = useState('SCRAM-SHA-512')
  const [password, setPassword] = useState('')
  const submit = async () => {
    await post('/access/users', { name, mechanism, password })
    say(`${name} can log in with this password`)
    onDone()
  }
  return (
    <FormDialog
      title={given === '' ? 'Create a user' : `Set the password of ${given}`}
      action="Save"
      onClose={onClose}
      onSubmit={submit}
    >
      {given === '' && (
        <Field label="Name">
          <Text value={name} onChange={setName} required />
        </Field>
      )}
      <Field label="Mechanism">
        <Choice value={mechanism} options={['SCRAM-SHA-512', 'SCRAM-SHA-256']} onChange={setMechanism} />
      </Field>
      <Field label="Password">
        <Text type="password" value={password} onChange={setPassword} required />
      </Field>
    </FormDialog>
  )
}
