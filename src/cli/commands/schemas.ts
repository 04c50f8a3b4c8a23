import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { registryCommand } from '../definition/registry-command.ts'
import { collect, naturalNumber } from '../definition/values.ts'

const subject: ArgumentDefinition = { usage: '<subject>', description: 'as orders-value' }
const file: ArgumentDefinition = {
  usage: '[file]',
  description: 'the schema; the standard input where none is named',
  values: 'file',
}
const schemaOptions: readonly OptionDefinition[] = [
  {
    flags: '--type <type>',
    description: 'what it is written in (default: by the ending .avsc, .proto or .json, else AVRO)',
    values: ['AVRO', 'PROTOBUF', 'JSON'],
  },
  {
    flags: '--reference <name=subject:version>',
    description: 'a schema that it refers to, under the name by which it does',
    parse: collect,
  },
  { flags: '--normalize', description: 'bring it into the one form that all equal schemas have' },
]

const list = registryCommand({
  name: 'list',
  summary: 'list subjects with their versions',
  examples: ['samsa schemas list', 'samsa schemas list orders --json'],
  args: [{ usage: '[word...]', description: 'only subjects whose name contains one of these' }],
  options: [{ flags: '--deleted', description: 'those that are deleted as well' }],
  load: async () => (await import('../schemas/list.ts')).listSchemas,
})

const get = registryCommand({
  name: 'get',
  summary: 'print a schema, by its subject or by its id',
  examples: ['samsa schemas get orders-value', 'samsa schemas get orders-value 2', 'samsa schemas get --id 7'],
  args: [
    { usage: '[subject]', description: 'as orders-value' },
    { usage: '[version]', description: 'its number (default: latest)' },
  ],
  options: [{ flags: '--id <number>', description: 'the schema with this id', parse: naturalNumber }],
  load: async () => (await import('../schemas/get.ts')).getSchema,
})

const register = registryCommand({
  name: 'register',
  summary: 'register a schema under a subject',
  examples: [
    'samsa schemas register orders-value order.avsc',
    'samsa schemas register orders-value order.proto --reference common.proto=common:1',
  ],
  args: [subject, file],
  options: schemaOptions,
  load: async () => (await import('../schemas/register.ts')).registerSchema,
})

const check = registryCommand({
  name: 'check',
  summary: 'say whether a schema is compatible with those of a subject, and why not',
  details: `
Exit code: 0 when it is compatible, 1 when it is not.`,
  examples: ['samsa schemas check orders-value order.avsc', 'samsa schemas check orders-value order.avsc --version 3'],
  args: [subject, file],
  options: [
    ...schemaOptions,
    { flags: '--version <version>', description: 'only with this one (default: those that the level asks for)' },
  ],
  load: async () => (await import('../schemas/register.ts')).checkSchema,
})

const remove = registryCommand({
  name: 'delete',
  summary: 'delete a subject, or a version of it',
  examples: ['samsa schemas delete orders-value', 'samsa schemas delete orders-value --version 2 --permanent'],
  args: [subject],
  options: [
    { flags: '--version <version>', description: 'only this one: its number, or latest' },
    { flags: '--permanent', description: 'for good, what was deleted before' },
  ],
  load: async () => (await import('../schemas/delete.ts')).deleteSchemas,
})

/** `samsa schemas`: the schemas of any registry. */
export const schemas: CommandDefinition = {
  name: 'schemas',
  summary: 'list, print, register, check and delete schemas of a registry',
  commands: [list, get, register, check, remove],
}
