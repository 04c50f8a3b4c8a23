/** Commands that ask a cluster: the options by which they come into it, the same for all. */
import type { CommandDefinition, OptionDefinition } from './command.ts'
import { assignment, naturalNumber } from './values.ts'

const ungrouped: readonly OptionDefinition[] = [
  {
    flags: '-b, --bootstrap-server <host:port,...>',
    description: 'brokers to begin with (default: those of the profile, else localhost:9092)',
  },
  {
    flags: '--profile <name>',
    description: 'a cluster of ~/.config/samsa/config.toml (default: SAMSA_PROFILE, or the one that it calls default)',
    values: 'profile',
  },
  {
    flags: '--command-config <file>',
    description: 'a client.properties: security.protocol, sasl.* and ssl.* of the connections',
    values: 'file',
  },
  { flags: '-X, --property <key=value>', description: 'a line of such a file, and before it', parse: assignment },
  {
    flags: '--user <name[:password]>',
    description: 'log in by SASL; the password may stand in SAMSA_PASSWORD, and is asked for on a terminal',
  },
  {
    flags: '--mechanism <mechanism>',
    description: 'how to log in (default: SCRAM-SHA-512)',
    values: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'],
  },
  { flags: '--tls', description: 'connect by TLS, and trust whom this machine trusts' },
  { flags: '--tls-ca <file>', description: 'connect by TLS, and trust these certificates (PEM)', values: 'file' },
  { flags: '--tls-cert <file>', description: 'show this certificate (PEM)', values: 'file' },
  { flags: '--tls-key <file>', description: 'its key (PEM)', values: 'file' },
  { flags: '--timeout <ms>', description: 'how long to wait for brokers', parse: naturalNumber, default: 30_000 },
]

/** The options by which a command comes into a cluster. */
export const connectionOptions: readonly OptionDefinition[] = ungrouped.map((option) => ({
  ...option,
  group: 'Connection:',
}))

/** As a `CommandDefinition`; `load` brings in what the command does, when it runs. */
export interface ClusterCommandDefinition extends Omit<CommandDefinition, 'run' | 'commands' | 'defaultCommand'> {
  readonly load: () => Promise<(context: never) => Promise<unknown>>
  /** The command prints no JSON lines, or none of the usual ones. */
  readonly hasNoJson?: boolean
}

export function clusterCommand({ load, hasNoJson, ...definition }: ClusterCommandDefinition): CommandDefinition {
  const json: OptionDefinition = { flags: '--json', description: 'one JSON object a line' }
  const own = [...(definition.options ?? []), ...(hasNoJson ? [] : [json])]
  return {
    ...definition,
    options: [...own, ...connectionOptions],
    run: async (words, options) => {
      const [{ runOnCluster }, command] = await Promise.all([import('../cluster/run-on-cluster.ts'), load()])
      return runOnCluster(command as never, words, options)
    },
  }
}
