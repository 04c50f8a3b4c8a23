/** ACLs: who may do what. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AclRow } from '../../src/web/page/model.ts'
import { post } from '../lib/api.ts'
import { plural } from '../lib/format.ts'
import { useFetch, useFiltered, useMedia } from '../lib/hooks.ts'
import { useRights } from '../lib/session.ts'
import { Action, Awaited, Badge, Choice, Field, Filter, FormDialog, Head, Text } from '../parts/basics.tsx'
import { type Column, MEDIUM, Table } from '../parts/table.tsx'
import { doing, say } from '../parts/toast.tsx'

export function Acls(): JSX.Element {
  const acls = useFetch<AclRow[]>('/access/acls')
  const [filter, setFilter] = useState('')
  const [isCreating, create] = useState(false)
  const { onCluster } = useRights()
  /** Elsewhere the permission has no column of its own. */
  const hasRoom = useMedia(MEDIUM)
  const shown = useFiltered(acls.data, filter)
  const columns: Column<AclRow>[] = [
    {
      title: 'Principal',
      width: 'minmax(5rem, 1.5fr)',
      by: (row) => row.principal,
      cell: (row) => <span class="line">{row.principal}</span>,
    },
    {
      title: 'Permission',
      width: '6.5rem',
      from: 'medium',
      by: (row) => row.permission,
      cell: (row) => <Permission row={row} />,
    },
    {
      title: 'Operation',
      width: 'minmax(7rem, 1fr)',
      by: (row) => row.operation,
      cell: (row) => (
        <span class="line">
          {!hasRoom && <Permission row={row} />}
          {row.operation}
        </span>
      ),
    },
    {
      title: 'Resource',
      width: 'minmax(5rem, 2fr)',
      by: (row) => `${row.resourceType} ${row.resourceName}`,
      cell: (row) => (
        <span class="line">
          {row.resourceType.toLowerCase()}{' '}
          <strong>
            {row.resourceName}
            {row.patternType === 'PREFIXED' ? '*' : ''}
          </strong>
        </span>
      ),
    },
    { title: 'Host', width: '7rem', from: 'wide', by: (row) => row.host, cell: (row) => row.host },
    {
      title: 'Delete it',
      width: '5rem',
      cell: (row) => (
        <Action
          whyNot={onCluster('ALTER')}
          onClick={() => doing(() => post('/access/acls/delete', row).then(acls.reload), 'The ACL was deleted')}
        >
          Delete
        </Action>
      ),
    },
  ]
  return (
    <>
      <Head title="ACLs" note={acls.data && plural(shown.length, 'ACL')}>
        <Filter label="Filter ACLs" value={filter} onChange={setFilter} />
        <Action tone="main" icon="plus" whyNot={onCluster('ALTER')} onClick={() => create(true)}>
          Create
        </Action>
      </Head>
      {acls.error?.code === 'SECURITY_DISABLED' ? (
        <div class="empty">
          This broker has no authorizer: everybody may do everything. Start it with --acl, or with
          authorizer.class.name.
        </div>
      ) : (
        <Awaited of={acls}>
          {() => (
            <Table
              label="ACLs"
              rows={shown}
              columns={columns}
              rowKey={(row) => JSON.stringify(row)}
              sort={{ column: 0, down: false }}
              empty="There is no ACL."
            />
          )}
        </Awaited>
      )}
      {isCreating && <CreateAcl onClose={() => create(false)} onDone={acls.reload} />}
    </>
  )
}

const RESOURCES = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN', 'USER']
const OPERATIONS = [
  ...[
    'ALL',
    'READ',
    'WRITE',
    'CREATE',
    'DELETE',
    'ALTER',
    'DESCRIBE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
  ],
  ...['IDEMPOTENT_WRITE', 'CREATE_TOKENS', 'DESCRIBE_TOKENS', 'TWO_PHASE_COMMIT'],
]

function CreateAcl({ onClose, onDone }: { onClose: () => void; onDone: () => void }): JSX.Element {
  const [acl, setAcl] = useState<AclRow>({
    principal: 'User:',
    host: '*',
    permission: 'ALLOW',
    operation: 'READ',
    resourceType: 'TOPIC',
    patternType: 'LITERAL',
    resourceName: '',
  })
  const change = (part: Partial<AclRow>) => setAcl({ ...acl, ...part })
  const submit = async () => {
    const resourceName = acl.resourceType === 'CLUSTER' ? 'kafka-cluster' : acl.resourceName
    await post('/access/acls', { ...acl, resourceName })
    say('The ACL was created')
    onDone()
  }
  return (
    <FormDialog title="Create an ACL" action="Create" onClose={onClose} onSubmit={submit}>
      <div class="two">
        <Field label="Principal" hint="User:alice, or User:* for everybody">
          <Text value={acl.principal} onChange={(principal) => change({ principal })} required />
        </Field>
        <Field label="Host">
          <Text value={acl.host} onChange={(host) => change({ host })} required />
        </Field>
        <Field label="Permission">
          <Choice
            value={acl.permission}
            options={['ALLOW', 'DENY']}
            onChange={(permission) => change({ permission })}
          />
        </Field>
        <Field label="Operation">
          <Choice value={acl.operation} options={OPERATIONS} onChange={(operation) => change({ operation })} />
        </Field>
        <Field label="Resource">
          <Choice value={acl.resourceType} options={RESOURCES} onChange={(resourceType) => change({ resourceType })} />
        </Field>
        <Field label="Pattern">
          <Choice
            value={acl.patternType}
            options={['LITERAL', 'PREFIXED']}
            onChange={(patternType) => change({ patternType })}
          />
        </Field>
      </div>
      {acl.resourceType !== 'CLUSTER' && (
        <Field label="Name" hint="* for all">
          <Text value={acl.resourceName} onChange={(resourceName) => change({ resourceName })} required />
        </Field>
      )}
    </FormDialog>
  )
}

const Permission = ({ row: { permission } }: { row: AclRow }): JSX.Element => (
  <Badge tone={permission === 'ALLOW' ? 'good' : 'bad'}>{permission}</Badge>
)
