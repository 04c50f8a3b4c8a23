/** The ways into a cluster: options, profiles, and the client.properties of Apache's tools. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { attempt, cliOf, objectsIn, type RunOptions } from './cli.ts'
import { STORE_PASSWORD, store } from './cli-broker.ts'

const USER = 'alice'
const PASSWORD = 'alice-secret'

async function folderOf(context: CaseContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'samsa-cli-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function makeUser(context: CaseContext): Promise<void> {
  const cli = cliOf(context)
  await cli.feed(`${PASSWORD}\n`, 'users', 'alter', USER)
  await eventually('the user is there', async () => (await cli.run('users', 'list')).includes(USER))
}

async function list(args: readonly string[], options: RunOptions = {}): Promise<void> {
  const { code, stdout, stderr } = await attempt(['topics', 'list', '--json', ...args], options)
  assert.deepEqual([code, stderr], [0, ''], args.join(' '))
  objectsIn(stdout)
}

async function refused(args: readonly string[], words: RegExp, options: RunOptions = {}): Promise<void> {
  const { code, stderr } = await attempt(['topics', 'list', '--timeout', '5000', ...args], options)
  assert.equal(code, 1, args.join(' '))
  assert.match(stderr, words, args.join(' '))
  assert.match(stderr, /^samsa: [^\n]*[.?]\n$/)
}

export const connectionCases: readonly Case[] = [
  {
    name: 'TLS and SASL by options',
    async run(context) {
      await makeUser(context)
      const { broker } = context
      const ca = ['--tls-ca', store('ca.pem')]
      await list(['-b', broker.addressOf('SSL'), ...ca])
      await list(['-b', broker.addressOf('SASL_PLAINTEXT'), '--user', `${USER}:${PASSWORD}`])
      await list(['-b', broker.addressOf('SASL_SSL'), ...ca, '--user', USER], { env: { SAMSA_PASSWORD: PASSWORD } })
      await list(['-b', broker.addressOf('SASL_SSL'), ...ca, '--user', 'admin:admin-secret', '--mechanism', 'PLAIN'])
      await refused(['-b', broker.addressOf('SASL_SSL'), ...ca, '--user', `${USER}:wrong`], /The login at .* failed: /)
      await refused(['-b', broker.addressOf('SSL'), '--tls'], /the TLS handshake failed/)
      await refused(['-b', broker.addressOf('SSL')], /closed the connection|is not understood/)
      await refused(['-b', 'localhost:1'], /No broker answers at localhost:1 .*is a broker running there\?/)
      await refused(['-b', 'nonsense'], /nonsense is no bootstrap server: expected host:port/)
    },
  },
  {
    name: 'client.properties as Apache’s tools take them: PEM, PKCS12 and JKS, JAAS',
    async run(context) {
      await makeUser(context)
      const file = join(await folderOf(context), 'client.properties')
      const use = async (listener: string, lines: readonly string[]) => {
        await writeFile(file, lines.join('\n'))
        await list(['-b', context.broker.addressOf(listener), '--command-config', file])
      }
      const scram = [
        'sasl.mechanism=SCRAM-SHA-512',
        'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\',
        `    username="${USER}" password="${PASSWORD}";`,
      ]
      for (const [type, name] of [
        ['JKS', 'trust.jks'],
        ['PKCS12', 'trust.p12'],
      ] as const) {
        const trust = [
          `ssl.truststore.type=${type}`,
          `ssl.truststore.location=${store(name)}`,
          `ssl.truststore.password=${STORE_PASSWORD}`,
        ]
        await use('SSL', ['security.protocol=SSL', ...trust])
        await use('SASL_SSL', ['security.protocol=SASL_SSL', ...trust, ...scram])
      }
      await use('SASL_PLAINTEXT', ['security.protocol=SASL_PLAINTEXT', ...scram])
      await list([
        '-b',
        context.broker.addressOf('SASL_PLAINTEXT'),
        '-X',
        'security.protocol=SASL_PLAINTEXT',
        '-X',
        'sasl.mechanism=PLAIN',
        '-X',
        'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin-secret";',
      ])
    },
  },
  {
    name: 'profiles: chosen by default, by option and by variable',
    async run(context) {
      await makeUser(context)
      const folder = await folderOf(context)
      const config = join(folder, 'config.toml')
      await writeFile(
        config,
        `default = "local"
[profiles.local]
bootstrap-servers = "${context.broker.bootstrapServers}"
[profiles.secure]
bootstrap-servers = ["${context.broker.addressOf('SASL_SSL')}"]
user = "${USER}"
password = "${PASSWORD}"
tls-ca = "${store('ca.pem')}"
[profiles.broken]
bootstrap-server = "x:1"
`,
      )
      await refused([], /did you mean bootstrap-servers\?/, { env: { SAMSA_CONFIG: config } })
      await writeFile(
        config,
        (await import('node:fs')).readFileSync(config, 'utf8').replace(/\[profiles.broken\][\s\S]*/, ''),
      )
      const env = { SAMSA_CONFIG: config }
      await list([], { env })
      await list(['--profile', 'secure'], { env })
      await list([], { env: { ...env, SAMSA_PROFILE: 'secure' } })
      await refused(['--profile', 'secret'], /There is no profile secret in .*did you mean secure\?/, { env })
      await refused(['--profile', 'secure', '--user', `${USER}:wrong`], /The login at .* failed/, { env })
    },
  },
]
