import type { CommandDefinition } from '../definition/command.ts'
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

/** `samsa acls`: ACLs of a cluster, and what those of a data directory come to. */
export const acls: CommandDefinition = {
  name: 'acls',
  summary: 'ask the ACLs of a data directory who may do what',
  commands: [explain],
}
