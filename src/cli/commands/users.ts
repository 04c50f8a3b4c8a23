import { clusterCommand } from '../definition/cluster-command.ts'
import type { CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { naturalNumber } from '../definition/values.ts'

const mechanism: OptionDefinition = {
  flags: '-m, --scram <mechanism>',
  description: 'of this mechanism',
  values: ['SCRAM-SHA-256', 'SCRAM-SHA-512'],
}
const credentials: readonly OptionDefinition[] = [
  { ...mechanism, default: 'SCRAM-SHA-512' },
  {
    flags: '--password <password>',
    description: 'others see it in the list of processes: without it the standard input is read, or the terminal asks',
  },
  { flags: '--iterations <number>', description: 'how often it is hashed', parse: naturalNumber, default: 8192 },
]

const list = clusterCommand({
  name: 'list',
  summary: 'list the users of SCRAM',
  examples: ['samsa users list'],
  load: async () => (await import('../access/users.ts')).listUsers,
})

const describe = clusterCommand({
  name: 'describe',
  summary: 'describe users: mechanisms and iterations',
  examples: ['samsa users describe alice'],
  args: [{ usage: '<user...>', description: 'their names', values: 'user' }],
  load: async () => (await import('../access/users.ts')).describeTheUsers,
})

const create = clusterCommand({
  name: 'create',
  summary: 'create a user of SCRAM; one that is there is an error',
  examples: ['samsa users create alice', ['samsa users create alice < password.txt', 'its first line']],
  args: [{ usage: '<user>', description: 'the name' }],
  options: credentials,
  load: async () => (await import('../access/users.ts')).createUser,
})

const alter = clusterCommand({
  name: 'alter',
  summary: 'give a user another password, or a mechanism more',
  examples: ['samsa users alter alice --scram SCRAM-SHA-256'],
  args: [{ usage: '<user>', description: 'the name', values: 'user' }],
  options: credentials,
  load: async () => (await import('../access/users.ts')).alterUser,
})

const remove = clusterCommand({
  name: 'delete',
  summary: 'delete users, or what they have of one mechanism',
  examples: ['samsa users delete alice'],
  args: [{ usage: '<user...>', description: 'their names', values: 'user' }],
  options: [mechanism],
  load: async () => (await import('../access/users.ts')).deleteUsers,
})

/** `samsa users`: users who log in by SCRAM. */
export const users: CommandDefinition = {
  name: 'users',
  summary: 'list, describe, create, alter and delete users of SCRAM',
  commands: [list, describe, create, alter, remove],
}
