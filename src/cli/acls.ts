import { Command } from 'commander'
import type { ExplainOptions } from './acls/explain.ts'

const explainHelp = `
Judges as a broker would, by the ACLs in a data directory, whether its broker runs or not. Super users and
allow.everyone.if.no.acl.found are those of --config, --set and the environment.

Exit code: 0 when it is allowed, 1 when it is denied, 2 when there is nothing to judge by.

Examples:
  samsa acls explain --principal User:alice --operation Read --topic orders-1
  samsa acls explain --principal User:bob --host 10.1.2.3 --operation Create --cluster
  samsa acls explain --principal User:ci --operation DescribeConfigs --topic '*' --config server.properties`

const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value]

/** `samsa acls`: what the ACLs of a data directory come to. */
export function aclsCommand(): Command {
  const command = new Command('acls').description('ask the ACLs of a data directory who may do what')
  command
    .command('explain')
    .description('say whether something is allowed, and which ACL decides')
    .requiredOption('--principal <type:name>', 'who asks; a name alone is a User')
    .requiredOption('--operation <operation>', 'what for, such as Read, Write, DescribeConfigs')
    .option('--host <address>', 'from which address', '127.0.0.1')
    .option('--topic <name>', 'on this topic')
    .option('--group <id>', 'on this group')
    .option('--transactional-id <id>', 'on this transactional id')
    .option('--cluster', 'on the cluster')
    .option('-d, --data <directory>', 'the directory of the metadata log', './data')
    .option('-c, --config <file>', 'read a properties file, as Apache Kafka does')
    .option('-s, --set <key=value>', 'set a configuration', collect)
    .option('--json', 'print a JSON object')
    .addHelpText('after', explainHelp)
    .action(async (options: ExplainOptions) => {
      const { explain } = await import('./acls/explain.ts')
      process.exitCode = await explain(options)
    })
  return command
}
