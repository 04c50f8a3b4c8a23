import { RELEASES } from '../../config/release-versions.ts'
import type { CommandDefinition } from '../definition/command.ts'
import { assignment, brokerCount, collect, logins, port } from '../definition/values.ts'
import type { RunOptions } from '../run.ts'

/** `samsa` without a command: a broker. The definitions of the commands are not needed to start it. */
export const broker = {
  name: 'samsa',
  summary: 'A Kafka broker. Point any Kafka client at it.',
  details: `
Any configuration of Apache Kafka's brokers can be set; samsa configs lists them, and says of each what it does here. The command line comes before the environment, the environment
before the file.`,
  examples: [
    ['samsa', 'a broker on localhost:9092, data in ./data'],
    'samsa --topic orders:6 --topic users:1:cleanup.policy=compact',
    ['samsa --user alice:secret', 'only alice gets in, by PLAIN or SCRAM'],
    "samsa --user alice:secret --acl 'alice:read,write:topic:orders*'",
    ['samsa --brokers 3', 'three brokers and a controller, on localhost:9092 to 9095'],
    ['samsa --registry', 'a schema registry on http://localhost:8081 as well'],
    ['samsa --ephemeral --control 127.0.0.1:9644', 'tests in any language make it fail, by HTTP'],
    ['samsa --like kafka-2.8', 'clients find Kafka 2.8'],
    ['samsa --port 0 --ephemeral', 'any free port, data gone at the end'],
    'samsa --config server.properties --set log.retention.hours=24',
    ['KAFKA_NUM_PARTITIONS=3 samsa', '. becomes _, _ becomes __, - becomes ___'],
  ],
  options: [
    { flags: '-p, --port <port>', description: 'port on localhost, 0 for any free one (default: 9092)', parse: port },
    {
      flags: '-d, --data <directory>',
      description: 'where the data is kept (default: ./data)',
      values: 'directory',
    },
    {
      flags: '--ephemeral',
      description: 'keep the data in memory: no file is touched, and nothing is left at the end',
      conflicts: ['data'],
    },
    {
      flags: '-t, --topic <name:partitions>',
      description: 'create this topic if it does not exist; :key=value sets its configs',
      parse: collect,
    },
    {
      flags: '--release-version <release>',
      description: 'features of a new data directory, as of this release of Kafka (4.3, 4.4-IV1)',
    },
    {
      flags: '--like <release>',
      description: 'to clients it is this release of Kafka, kafka-0.10 to kafka-4.4: APIs, versions, features',
      values: RELEASES,
    },
    {
      flags: '-u, --user <name:password>',
      description:
        'let only these users in, by PLAIN or SCRAM; makes the listener SASL_PLAINTEXT where nothing else is configured',
      parse: logins,
    },
    {
      flags: '-a, --acl <who:operations:type:name>',
      description:
        'allow this, and nothing that no --acl or ACL allows; deny: before it forbids, a star at the end is a prefix',
      parse: collect,
    },
    {
      flags: '--add-scram <mechanism=[name=…,password=…]>',
      description: 'SCRAM users of a new data directory, as kafka-storage format takes them',
      parse: collect,
    },
    {
      flags: '--registry [url]',
      description:
        'serve a schema registry too (default: http://localhost:8081), with the logins of the broker; its schemas are in the topic _schemas',
    },
    {
      flags: '--control <host:port>',
      description: 'let programs of this machine control it by HTTP: faults, time, a clean state (docs/testing.md)',
    },
    {
      flags: '--clock <clock>',
      description: 'manual: the time stands still until it is moved by --control',
      values: ['manual'],
    },
    {
      flags: '--brokers <count>',
      description:
        'a cluster of so many brokers, each in a process of its own, on --port and the ports behind it; the controller has the last one',
      parse: brokerCount,
      conflicts: ['user', 'acl', 'addScram', 'registry', 'control', 'clock', 'like'],
    },
    { flags: '-c, --config <file>', description: 'read a properties file, as Apache Kafka does', values: 'file' },
    { flags: '-s, --set <key=value>', description: 'set a configuration', parse: assignment },
    {
      flags: '--log-level <level>',
      description: 'how much is logged',
      values: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
      default: 'info',
    },
    {
      flags: '--log-format <format>',
      description: 'how it is logged; auto: pretty on a terminal, else JSON',
      values: ['auto', 'pretty', 'json'],
      default: 'auto',
    },
  ],
  run: async (_, options: RunOptions & { readonly brokers?: number }) => {
    const { brokers } = options
    if (brokers !== undefined) {
      const { runCluster } = await import('../brokers/run-cluster.ts')
      await runCluster({ ...options, brokers })
      return undefined
    }
    // Loaded here: --help and --version need no broker.
    const { run } = await import('../run.ts')
    await run(options)
    return undefined
  },
} satisfies CommandDefinition
