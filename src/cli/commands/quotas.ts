import { clusterCommand } from '../definition/cluster-command.ts'
import type { CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { collect } from '../definition/values.ts'

const entities: readonly OptionDefinition[] = [
  { flags: '-u, --for-user <name>', description: 'of this user; default is whoever has none', values: 'user' },
  { flags: '-c, --client-id <id>', description: 'of this client id; default is whichever has none' },
  { flags: '--ip <address>', description: 'of this address; default is whichever has none' },
]

const list = clusterCommand({
  name: 'list',
  summary: 'list quotas',
  examples: ['samsa quotas list', 'samsa quotas list --for-user alice'],
  options: entities,
  load: async () => (await import('../access/quotas.ts')).listQuotas,
})

const alter = clusterCommand({
  name: 'alter',
  summary: 'set quotas, or take them back',
  details: `
Keys: producer_byte_rate, consumer_byte_rate (bytes a second, or 1MB, 512kB), request_percentage, controller_mutation_rate; and
connection_creation_rate for addresses.`,
  examples: [
    'samsa quotas alter --for-user alice producer_byte_rate=1MB consumer_byte_rate=2MB',
    'samsa quotas alter --for-user default --client-id default request_percentage=50',
    'samsa quotas alter --ip default connection_creation_rate=20',
    'samsa quotas alter --for-user alice --delete producer_byte_rate',
  ],
  args: [{ usage: '[key=value...]', description: 'what is to be set' }],
  options: [
    ...entities,
    { flags: '-d, --delete <key>', description: 'take back a quota', parse: collect },
    { flags: '--dry-run', description: 'let the cluster judge it, and change nothing' },
  ],
  load: async () => (await import('../access/quotas.ts')).alterTheQuotas,
})

const remove = clusterCommand({
  name: 'delete',
  summary: 'take back all quotas of a user, a client id, a pair of them or an address',
  examples: ['samsa quotas delete --for-user alice'],
  options: entities,
  load: async () => (await import('../access/quotas.ts')).deleteTheQuotas,
})

/** `samsa quotas`: how much users, client ids and addresses may take. */
export const quotas: CommandDefinition = {
  name: 'quotas',
  summary: 'list, alter and delete quotas of users, client ids and addresses',
  commands: [list, alter, remove],
}
