import { connectionOptions } from '../definition/cluster-command.ts'
import type { CommandDefinition } from '../definition/command.ts'
import { collect } from '../definition/values.ts'

/** An answer that has not come by then will not come. */
const TIMEOUT_MS = 5_000

/** `samsa doctor`: what keeps a client from working. */
export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'say what keeps a client from working with a cluster, samsa or Apache Kafka',
  details: `
Goes the way of a client: name, port, TLS, certificate, versions, login, the addresses that the brokers advertise, clocks, and
the topics and groups that are named. Each step says in a sentence what it found and, where clients fail, what to do. Give it
the options, or the client.properties, of the client that fails.

Nothing is changed, but for Kafka's own topic of offsets where a group is named and none has ever been.

--json prints {"check", "at", "verdict", "trouble", "says", "remedy"} for each step; verdict is fine, warning, problem or
unknown. Exit code: 0 when nothing keeps a client from working, else 1.`,
  examples: [
    'samsa doctor broker-1:9092',
    ['samsa doctor broker-1:9093 --command-config client.properties', 'with the settings of the client that fails'],
    'samsa doctor broker-1:9093 --tls-ca ca.pem --user alice:secret --topic orders --group billing',
    'samsa doctor --profile production --json | jq -r \'select(.verdict == "problem").says\'',
  ],
  args: [{ usage: '[host:port...]', description: 'where the client begins (default: --bootstrap-server)' }],
  options: [
    { flags: '-t, --topic <name>', description: 'a topic that the client works with', values: 'topic', parse: collect },
    { flags: '-g, --group <id>', description: 'a group that the client reads with', values: 'group', parse: collect },
    { flags: '--json', description: 'one JSON object a line' },
    ...connectionOptions.map((option) =>
      option.flags.startsWith('--timeout')
        ? { ...option, description: 'how long each step may wait', default: TIMEOUT_MS }
        : option,
    ),
  ],
  run: async (words, options) => (await import('../doctor/doctor.ts')).doctor(words, options),
}
