import { clusterCommand } from '../definition/cluster-command.ts'
import type { CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { collect } from '../definition/values.ts'

const explain: CommandDefinition = {
  name: 'explain',
  summary: 'say whether something is allowed, and which ACL decides',
  details: `
Judges as a broker would, by the ACLs in a data directory, whether its broker runs or not. Super users and
allow.everyone.if.no.acl.found are those of --config, --set and the environment.

Exit code: 0 when it is allowed, 1 when it is denied, 2 when there is nothing to judge by.`,
  examples: [
    'samsa acls explain --principal User:alice --operation Read --topic orders-1',
    'samsa acls explain --principal User:bob --host 10.1.2.3 --operation Create --cluster',
    "samsa acls explain --principal User:ci --operation DescribeConfigs --topic '*' --config server.properties",
  ],
  options: [
    { flags: '--principal <type:name>', description: 'who asks; a name alone is a User', isRequired: true },
    {
      flags: '--operation <operation>',
      description: 'what for, such as Read, Write, DescribeConfigs',
      isRequired: true,
    },
    { flags: '--host <address>', description: 'from which address', default: '127.0.0.1' },
    { flags: '--topic <name>', description: 'on this topic' },
    { flags: '--group <id>', description: 'on this group' },
    { flags: '--transactional-id <id>', description: 'on this transactional id' },
    { flags: '--cluster', description: 'on the cluster' },
    {
      flags: '-d, --data <directory>',
      description: 'the directory of the metadata log',
      values: 'directory',
      default: './data',
    },
    { flags: '-c, --config <file>', description: 'read a properties file, as Apache Kafka does', values: 'file' },
    { flags: '-s, --set <key=value>', description: 'set a configuration', parse: collect },
    { flags: '--json', description: 'print a JSON object' },
  ],
  run: async (_, options) => (await import('../acls/explain.ts')).explain(options),
}

const FORM = `
An ACL is written WHO[@HOST]:OPERATION[,OPERATION…]:TYPE:NAME, with deny: before it for a denial. WHO is a user, or a type and a
name; a star at the end of NAME makes a prefix, alone it stands for all; all is every operation; the cluster needs no name.
Types: topic, group, cluster, transactional-id, delegation-token, user.`

const filters: readonly OptionDefinition[] = [
  { flags: '--principal <type:name>', description: 'only of this principal; a name alone is a User', values: 'user' },
  { flags: '--host <address>', description: 'only for this host' },
  { flags: '--operation <operation>', description: 'only for this operation' },
  { flags: '--topic <name>', description: 'only ACLs of exactly this topic', values: 'topic' },
  { flags: '--group <id>', description: 'only ACLs of exactly this group', values: 'group' },
  { flags: '--transactional-id <id>', description: 'only ACLs of exactly this transactional id' },
  { flags: '--cluster', description: 'only ACLs of the cluster' },
  { flags: '--matching', description: 'with a name: also the prefixes and stars that it falls under' },
]

const list = clusterCommand({
  name: 'list',
  summary: 'list ACLs',
  examples: [
    'samsa acls list',
    'samsa acls list --principal alice',
    ['samsa acls list --topic orders-1 --matching', 'all that decide about it'],
  ],
  options: filters,
  load: async () => (await import('../access/acls.ts')).listAcls,
})

const create = clusterCommand({
  name: 'create',
  summary: 'create ACLs',
  details: FORM,
  examples: [
    "samsa acls create 'alice:read,write:topic:orders*' 'alice:read:group:*'",
    'samsa acls create deny:bob@10.0.0.7:all:topic:secrets User:ci:create:cluster',
  ],
  args: [{ usage: '<acl...>', description: 'who may do what' }],
  load: async () => (await import('../access/acls.ts')).createTheAcls,
})

const remove = clusterCommand({
  name: 'delete',
  summary: 'delete these ACLs, or all that options select',
  details: FORM,
  examples: [
    "samsa acls delete 'alice:write:topic:orders*'",
    ['samsa acls delete --principal alice --dry-run', 'what would go'],
  ],
  args: [{ usage: '[acl...]', description: 'the ACLs, as create has them' }],
  options: [...filters, { flags: '--dry-run', description: 'say which, and change nothing' }],
  load: async () => (await import('../access/acls.ts')).deleteTheAcls,
})

/** `samsa acls`: ACLs of a cluster, and what those of a data directory come to. */
export const acls: CommandDefinition = {
  name: 'acls',
  summary: 'list, create and delete ACLs, and explain who may do what',
  commands: [list, create, remove, explain],
}
