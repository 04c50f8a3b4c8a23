/** Apache's tools as an administrator uses them, logged in over SASL_SSL; and what they have set, as clients meet it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { type JavaResult, JavaServer } from '../support/java.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { attempt, expectOutcome, type SecurityClient } from './attempts.ts'
import { javaProperties } from './java-properties.ts'
import { TOPIC } from './login-cases.ts'
import { at, login, STORE_PASSWORD, type User } from './secure-broker.ts'

const CLASSES = {
  acls: 'org.apache.kafka.tools.AclCommand',
  configs: 'org.apache.kafka.tools.ConfigCommand',
  tokens: 'org.apache.kafka.tools.DelegationTokenCommand',
}
type Tool = keyof typeof CLASSES

type Attempt = (user: User, tool: Tool, ...args: string[]) => Promise<JavaResult>
interface Tools {
  attempt: Attempt
  /** Answers what the tool printed; fails the case when the tool fails. */
  run(...call: Parameters<Attempt>): Promise<string>
}

export function toolCases(kafka: ApacheKafka, clients: readonly SecurityClient[]): Case[] {
  const toolCase = (name: string, run: (tools: Tools, context: CaseContext) => Promise<void>): Case => ({
    name,
    timeoutMs: 300_000,
    run: async (context) => run(await toolsFor(kafka, context), context),
  })
  return [
    toolCase('kafka-acls: adds, lists and removes, and is refused to others', acls),
    toolCase('kafka-configs: a SCRAM user, who logs in until it is removed', (tools, context) =>
      scramUser(tools, context, clients),
    ),
    toolCase('kafka-configs: quotas of users', quotas),
    toolCase('kafka-configs: keys of a listener that runs', (tools, context) =>
      listenerConfigs(tools, context, clients),
    ),
    toolCase(
      'kafka-delegation-tokens: makes, shows, renews and ends tokens, by which clients log in',
      (tools, context) => delegationTokens(tools, context, clients),
    ),
  ]
}

async function toolsFor(kafka: ApacheKafka, { broker, after }: CaseContext): Promise<Tools> {
  const server = await JavaServer.start(kafka)
  const folder = await mkdtemp(join(tmpdir(), 'samsa-tools-'))
  after(() => rm(folder, { recursive: true, force: true }))
  after(() => server.stop())
  const run: Attempt = async (user, tool, ...args) => {
    const access = { ...at(broker, 'SASL_SSL'), ...login('PLAIN', user) }
    const file = join(folder, `${user}.properties`)
    const lines = Object.entries(javaProperties(access)).map(([key, value]) => `${key}=${value}\n`)
    await writeFile(file, lines.join(''))
    return server.run(CLASSES[tool], ['--bootstrap-server', access.address, '--command-config', file, ...args])
  }
  return {
    attempt: run,
    async run(...call) {
      const { exitCode, stdout, stderr } = await run(...call)
      assert.equal(exitCode, 0, `${call.join(' ')}: ${stdout}${stderr}`)
      return stdout
    },
  }
}

async function acls({ attempt, run }: Tools, { unique, after }: CaseContext): Promise<void> {
  const cluster = ['--allow-principal', 'User:bob', '--operation', 'All', '--cluster']
  after(() => run('admin', 'acls', '--remove', '--force', ...cluster))
  await run('admin', 'acls', '--add', ...cluster)
  const refused = await attempt('alice', 'acls', '--list')
  assert.match(refused.stdout + refused.stderr, /ClusterAuthorizationException/)
  assert.match(
    await run('bob', 'acls', '--list', '--cluster'),
    /principal=User:bob, host=\*, operation=ALL, permissionType=ALLOW/,
  )
  const prefix = unique('pre')
  const prefixed = ['--topic', prefix, '--resource-pattern-type', 'prefixed']
  await run('bob', 'acls', '--add', '--allow-principal', 'User:alice', '--producer', ...prefixed)
  await run(
    'bob',
    'acls',
    '--add',
    '--deny-principal',
    'User:dora',
    '--deny-host',
    '10.0.0.1',
    '--operation',
    'Read',
    ...prefixed,
  )
  const listed = await run('bob', 'acls', '--list', ...prefixed)
  assert.match(listed, new RegExp(`resourceType=TOPIC, name=${prefix}, patternType=PREFIXED`))
  for (const operation of ['WRITE', 'DESCRIBE', 'CREATE']) {
    assert.match(listed, new RegExp(`principal=User:alice, host=\\*, operation=${operation}, permissionType=ALLOW`))
  }
  assert.match(listed, /principal=User:dora, host=10\.0\.0\.1, operation=READ, permissionType=DENY/)
  const ofDora = await run('bob', 'acls', '--list', '--principal', 'User:dora')
  assert.doesNotMatch(ofDora, /User:alice/)
  await run('bob', 'acls', '--remove', '--force', ...prefixed)
  assert.doesNotMatch(await run('bob', 'acls', '--list', ...prefixed), /principal=/)
}

async function scramUser({ run }: Tools, { broker, unique }: CaseContext, clients: readonly SecurityClient[]) {
  const username = unique('carol')
  const there = at(broker, 'SASL_SSL')
  const entity = ['--entity-type', 'users', '--entity-name', username]
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    const alter = (...args: string[]) => run('admin', 'configs', '--alter', ...entity, ...args)
    await alter('--add-config', `${mechanism}=[iterations=8192,password=carol-secret]`)
    assert.match(await run('admin', 'configs', '--describe', ...entity), new RegExp(`${mechanism}=iterations=8192`))
    for (const client of clients) {
      const access = { ...there, mechanism, username }
      expectOutcome(await attempt(client, { ...access, password: 'carol-secret' }, TOPIC), 'ok', client.name)
      const wrong = await attempt(client, { ...access, password: 'wrong' }, TOPIC)
      expectOutcome(wrong, 'authentication', `${client.name}, wrong`)
    }
    await alter('--delete-config', mechanism)
    const [client] = clients
    const gone = await attempt(client, { ...there, mechanism, username, password: 'carol-secret' }, TOPIC)
    expectOutcome(gone, 'authentication', 'a user that is removed')
  }
}

async function quotas({ run }: Tools, { unique }: CaseContext): Promise<void> {
  const user = unique('quota')
  const entity = ['--entity-type', 'users', '--entity-name', user]
  const pair = [...entity, '--entity-type', 'clients', '--entity-default']
  await run('admin', 'configs', '--alter', ...entity, '--add-config', 'producer_byte_rate=1024,consumer_byte_rate=2048')
  await run('admin', 'configs', '--alter', ...pair, '--add-config', 'request_percentage=50.5')
  const described = await run('admin', 'configs', '--describe', ...entity)
  assert.match(described, new RegExp(`Quota configs for user-principal '${user}' are`))
  assert.match(described, /producer_byte_rate=1024\.0/)
  assert.match(described, /consumer_byte_rate=2048\.0/)
  assert.match(await run('admin', 'configs', '--describe', ...pair), /request_percentage=50\.5/)
  await run('admin', 'configs', '--alter', ...entity, '--delete-config', 'producer_byte_rate,consumer_byte_rate')
  await run('admin', 'configs', '--alter', ...pair, '--delete-config', 'request_percentage')
  assert.doesNotMatch(await run('admin', 'configs', '--describe', ...entity), /byte_rate/)
}

/** Kafka takes keys of a listener that runs, and lets it go on as it was opened, but for its stores and its limits. */
async function listenerConfigs(
  { attempt: attemptTool, run }: Tools,
  { broker, after }: CaseContext,
  clients: readonly SecurityClient[],
): Promise<void> {
  const entity = ['--entity-type', 'brokers', '--entity-name', '1']
  const mechanisms = 'listener.name.sasl_ssl.sasl.enabled.mechanisms'
  after(() => run('admin', 'configs', '--alter', ...entity, '--delete-config', mechanisms))
  await run('admin', 'configs', '--alter', ...entity, '--add-config', `${mechanisms}=PLAIN`)
  assert.match(await run('admin', 'configs', '--describe', ...entity), new RegExp(`${mechanisms}=PLAIN`))
  const [client] = clients
  const access = { ...at(broker, 'SASL_SSL'), ...login('SCRAM-SHA-256', 'alice') }
  expectOutcome(await attempt(client, access, TOPIC), 'ok', 'a mechanism that the listener was opened with')
  for (const level of [entity, ['--entity-type', 'brokers', '--entity-default']]) {
    const everywhere = `ssl.keystore.password=${STORE_PASSWORD}`
    const { stdout, stderr } = await attemptTool('admin', 'configs', '--alter', ...level, '--add-config', everywhere)
    assert.match(stdout + stderr, /can be dynamically updated only per-listener using the listener prefix/)
  }
}

async function delegationTokens(
  { attempt: attemptTool, run }: Tools,
  { broker }: CaseContext,
  clients: readonly SecurityClient[],
): Promise<void> {
  const shown = await run(
    'dora',
    'tokens',
    '--create',
    '--max-life-time-period',
    '-1',
    '--renewer-principal',
    'User:bob',
  )
  const [, id = '', hmac = ''] = /(\S{22})\s+(\S{88})\s+User:dora\s+User:dora\s+\[User:bob\]/.exec(shown) ?? []
  assert.ok(hmac, shown)
  assert.match(await run('bob', 'tokens', '--describe', '--owner-principal', 'User:dora'), new RegExp(`${id}\\s+`))
  const able = clients.filter(({ hasDelegationTokens }) => hasDelegationTokens)
  const logins = async (password: string, expected: 'ok' | 'authentication') => {
    for (const client of able) {
      for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
        const access = { ...at(broker, 'SASL_SSL'), mechanism, username: id, password, tokenAuth: true }
        expectOutcome(await attempt(client, access, TOPIC), expected, `${client.name} by ${mechanism}`)
      }
    }
  }
  await logins(hmac, 'ok')
  await logins('wrong', 'authentication')
  assert.match(
    await run('bob', 'tokens', '--renew', '--renew-time-period', '1000000', '--hmac', hmac),
    /Completed renew/,
  )
  assert.match(
    await run('dora', 'tokens', '--expire', '--expiry-time-period', '-1', '--hmac', hmac),
    /Completed expire/,
  )
  assert.doesNotMatch(await run('dora', 'tokens', '--describe', '--owner-principal', 'User:dora'), new RegExp(id))
  const late = await attemptTool('dora', 'tokens', '--renew', '--renew-time-period', '-1', '--hmac', hmac)
  assert.match(late.stdout + late.stderr, /[Tt]oken.*not found/)
  await logins(hmac, 'authentication')
}
