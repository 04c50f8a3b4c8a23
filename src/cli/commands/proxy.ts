import type { CommandDefinition } from '../definition/command.ts'
import { assignment } from '../definition/values.ts'
import type { ProxyCommandOptions } from '../proxy/options.ts'

/** `samsa proxy` */
export const proxy: CommandDefinition = {
  name: 'proxy',
  summary: 'stand before a cluster of Kafka, to record its traffic and make it fail',
  details: `
Each broker of the cluster gets a port on this machine, and clients are told of these ports alone: point them at --listen.
Clients speak PLAINTEXT or SASL_PLAINTEXT to the proxy and log in to the brokers themselves; where the brokers speak TLS,
security.protocol=SSL or SASL_SSL and ssl.truststore.… of --command-config, or -X, are for the way from here to there.`,
  examples: [
    ['samsa proxy --upstream kafka:9092 --listen localhost:9192', 'brokers at 9193, 9194, …'],
    'samsa proxy --upstream kafka:9092 --record trace.jsonl',
    'samsa proxy --show trace.jsonl',
    ['samsa proxy --upstream kafka:9092 --control 127.0.0.1:9645', 'rules by HTTP: docs/testing.md'],
  ],
  options: [
    { flags: '--upstream <host:port>', description: 'brokers of the cluster, separated by commas' },
    {
      flags: '--listen <host:port>',
      description: 'where clients find it; brokers get the ports behind, or any free ones behind 0',
      default: 'localhost:9192',
    },
    { flags: '--record <file>', description: 'append requests and answers, a line of JSON for each', values: 'file' },
    {
      flags: '--show <file>',
      description: 'print what was recorded',
      values: 'file',
      conflicts: ['upstream', 'record'],
    },
    { flags: '--control <host:port>', description: 'let programs of this machine make rules by HTTP' },
    { flags: '--command-config <file>', description: 'properties of TLS to the brokers', values: 'file' },
    { flags: '-X, --property <key=value>', description: 'one of these properties', parse: assignment },
  ],
  run: async (_, options: ProxyCommandOptions) => {
    if (options.show !== undefined) return (await import('../proxy/show.ts')).showTrace(options.show)
    await (await import('../proxy/run.ts')).runProxy(options)
    return undefined
  },
}
