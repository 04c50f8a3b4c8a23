/** `--command-config`: the command logs in as Apache's tools do. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startBroker } from '../../src/index.ts'
import { packagedCommand } from '../support/packaged-command.ts'

t.setTimeout(180_000)
const MAIN = await packagedCommand(t.testdir())

function list(port: number, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [
    MAIN,
    'transactions',
    'list',
    '--bootstrap-server',
    `localhost:${port}`,
    '--timeout',
    '20000',
    ...args,
  ]
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

t.test('a broker that asks for a login over TLS', async (t) => {
  await using broker = await startBroker({ users: { alice: 'secret' }, tls: true })
  const properties = (password: string) =>
    [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\`,
      `  username="alice" password="${password}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${folder}/ca.pem`,
      // Keys of clients that have nothing to do with it.
      'compression.type=none',
      'acks=all',
    ].join('\n')
  const folder = t.testdir({ 'ca.pem': broker.tls!.ca })
  const file = join(folder, 'client.properties')
  await writeFile(file, properties('secret'))
  const right = await list(broker.port, '--command-config', file)
  t.match(right, { code: 0, stdout: /^TransactionalId/, stderr: '' })
  await writeFile(file, properties('wrong'))
  const wrong = await list(broker.port, '--command-config', file)
  t.match(wrong, {
    code: 1,
    stdout: '',
    stderr: /^samsa: The login at localhost:\d+ failed: Authentication failed[^\n]*\.\n$/,
  })
  t.notMatch(wrong.stderr, /"?wrong"?$/)
  await writeFile(file, 'security.protocol=TLS')
  t.match(await list(broker.port, '--command-config', file), {
    code: 1,
    stderr: 'samsa: security.protocol is TLS: expected one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.\n',
  })
  t.match(await list(broker.port, '--command-config', join(folder, 'none')), {
    code: 1,
    stderr: /^samsa: The file .*none of --command-config cannot be read: /,
  })
})
