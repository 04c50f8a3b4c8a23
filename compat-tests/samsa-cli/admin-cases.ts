import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { cliOf, shape, table } from './cli.ts'

export const adminCases: readonly Case[] = [
  {
    name: 'configs: of topics, brokers, groups, subscriptions and loggers',
    async run(context) {
      const cli = cliOf(context)
      const topic = context.unique('topic')
      await cli.run('topics', 'create', topic)
      const of = ['--topic', topic]
      assert.equal(
        await cli.run('configs', 'alter', ...of, 'retention.ms=60000', 'cleanup.policy=compact'),
        'Changed retention.ms, cleanup.policy.\n',
      )
      await cli.run('configs', 'alter', ...of, '--append', 'cleanup.policy=delete')
      assert.equal(
        shape(await cli.run('configs', 'describe', ...of)),
        table(
          'KEY  VALUE  SOURCE  READ-ONLY',
          'cleanup.policy  compact,delete  DYNAMIC_TOPIC_CONFIG',
          'retention.ms  60000  DYNAMIC_TOPIC_CONFIG',
        ),
      )
      await cli.run('configs', 'alter', ...of, '--subtract', 'cleanup.policy=compact')
      await cli.run('configs', 'alter', ...of, '--delete', 'retention.ms')
      const [policy, ...none] = await cli.json('configs', 'describe', ...of)
      assert.deepEqual([policy.name, policy.value, none], ['cleanup.policy', 'delete', []])
      assert.match(
        await cli.run('configs', 'describe', ...of, 'min.insync', '--documentation'),
        /min\.insync\.replicas=1 .*\n.*acks/,
      )
      assert.match(await cli.refused('configs', 'alter', ...of, 'no.such.key=1'), /\(INVALID_CONFIG\)/)
      assert.match(await cli.refused('configs', 'describe'), /^Name one: --topic/)
      const every: readonly (readonly [resource: readonly string[], change: string, key: string])[] = [
        [['--broker', '1'], 'log.cleaner.threads=2', 'log.cleaner.threads'],
        [['--brokers'], 'log.cleaner.threads=2', 'log.cleaner.threads'],
        [['--group', context.unique('group')], 'consumer.session.timeout.ms=50000', 'consumer.session.timeout.ms'],
        [['--client-metrics', context.unique('sub')], 'interval.ms=5000', 'interval.ms'],
      ]
      for (const [resource, change, key] of every) {
        await cli.run('configs', 'alter', ...resource, change, '--dry-run')
        await cli.run('configs', 'alter', ...resource, change)
        const value = async () =>
          (await cli.json('configs', 'describe', ...resource, key)).find(({ name }) => name === key)?.value
        await eventually(`${resource}: ${change}`, async () => (await value()) === change.split('=')[1])
        await cli.run('configs', 'alter', ...resource, '--delete', key)
      }
      assert.match(await cli.run('configs', 'describe', '--broker-logger', '1'), /^KEY +VALUE +SOURCE/)
    },
  },
  {
    name: 'acls: create, list, match, delete',
    async run(context) {
      const cli = cliOf(context)
      const topic = context.unique('acl')
      const names = [[topic, 'T']] as const
      const rows = table(
        'PRINCIPAL  HOST  PERMISSION  OPERATION  RESOURCE  NAME  PATTERN',
        'User:alice  *  ALLOW  READ  TOPIC  T*  PREFIXED',
        'User:alice  *  ALLOW  WRITE  TOPIC  T*  PREFIXED',
        'User:bob  10.0.0.7  DENY  ALL  TOPIC  T  LITERAL',
      )
      const acls = [`alice:read,write:topic:${topic}*`, `deny:bob@10.0.0.7:all:topic:${topic}`]
      assert.equal(shape(await cli.run('acls', 'create', ...acls), ...names), rows)
      const listed = () => cli.run('acls', 'list', '--topic', topic, '--matching')
      await eventually('the ACLs are in force', async () => shape(await listed(), ...names) === rows)
      assert.equal(
        (await cli.json('acls', 'list', '--principal', 'alice', '--operation', 'write', '--topic', topic)).length,
        1,
      )
      assert.match(await cli.refused('acls', 'delete'), /Name the ACLs, or select them/)
      assert.match(await cli.refused('acls', 'create', 'alice:fly:topic:x'), /fly/)
      await cli.run('acls', 'delete', acls[0])
      await cli.run('acls', 'delete', '--principal', 'bob')
      await eventually('there are none', async () => (await listed()) === 'There are no such ACLs.\n')
    },
  },
  {
    name: 'users and quotas: set, listed, taken back',
    async run(context) {
      const cli = cliOf(context)
      const user = context.unique('user')
      const names = [[user, 'U']] as const
      assert.equal(shape(await cli.feed('secret\n', 'users', 'create', user), ...names), 'Created U (SCRAM-SHA-512).')
      await cli.run('users', 'alter', user, '--scram', 'SCRAM-SHA-256', '--password', 'other')
      const users = table('USER  MECHANISM  ITERATIONS', 'U  SCRAM-SHA-256  8192', 'U  SCRAM-SHA-512  8192')
      await eventually(
        'both are there',
        async () => shape(await cli.run('users', 'describe', user), ...names) === users,
      )
      assert.match(await cli.refused('users', 'create', user, '--password', 'x'), /is there already: samsa users alter/)
      const of = ['--for-user', user, '--client-id', 'default']
      await cli.run('quotas', 'alter', ...of, 'producer_byte_rate=1MB', 'request_percentage=50', '--dry-run')
      await cli.run('quotas', 'alter', ...of, 'producer_byte_rate=1MB', 'request_percentage=50')
      const quotas = table(
        'USER  CLIENT ID  IP  QUOTA  VALUE',
        'U  default  -  producer_byte_rate  1048576',
        'U  default  -  request_percentage  50',
      )
      const listed = async () => shape(await cli.run('quotas', 'list', '--for-user', user), ...names)
      await eventually('both quotas are there', async () => (await listed()) === quotas)
      await cli.run('quotas', 'alter', ...of, '--delete', 'request_percentage')
      await eventually('one is left', async () => (await cli.json('quotas', 'list', '--for-user', user)).length === 1)
      await cli.run('quotas', 'delete', ...of)
      await eventually('none is left', async () => (await listed()) === 'There are no such quotas.')
      assert.match(await cli.refused('quotas', 'alter', ...of, 'wings=2'), /INVALID_REQUEST/)
      assert.equal(
        shape(await cli.run('users', 'delete', user), ...names),
        table('Deleted U (SCRAM-SHA-256).', 'Deleted U (SCRAM-SHA-512).'),
      )
      await eventually('the user is gone', async () => (await cli.run('users', 'list')).includes(user) === false)
      assert.match(await cli.refused('users', 'delete', user), /There are no credentials of .*\(RESOURCE_NOT_FOUND\)/)
    },
  },
  {
    name: 'cluster: brokers, quorum, features, moves, elections, directories',
    async run(context) {
      const cli = cliOf(context)
      const { host, port } = context.broker
      const address = [`${host}:${port}`, 'ADDRESS'] as const
      const described = shape(await cli.run('cluster', 'describe'), address)
      assert.match(described, /^cluster [\w-]{22}\nbrokers {2}1\ncontroller {2}broker 1\n/)
      assert.match(described, /\nBROKER {2}ADDRESS {2}RACK {2}REPLICAS {2}LEADING\n1 {2}ADDRESS {2}- {2}\d+ {2}\d+$/)
      const quorum = shape(await cli.run('cluster', 'quorum'))
      assert.match(
        quorum,
        /^leader {2}1\nepoch {2}\d+\nhigh watermark {2}\d+\n\nNODE {2}ROLE {2}LOG END {2}LAG {2}CAUGHT UP\n1 {2}leader {2}\d+ {2}0 {2}\d s ago/,
      )
      assert.match(
        shape(await cli.run('cluster', 'features')),
        /^FEATURE {2}LEVEL {2}SUPPORTED\n[\s\S]*metadata\.version {2}\d+ {2}7 to \d+/,
      )
      const share = (await cli.json('cluster', 'features')).find(({ name }) => name === 'share.version')
      assert.match(
        await cli.run('cluster', 'features', '--set', `share.version=${share.level}`, '--dry-run'),
        /^share\.version could be at level/,
      )
      assert.match(
        await cli.refused('cluster', 'features', '--set', 'metadata.version=99'),
        /\((?:INVALID_UPDATE_VERSION|FEATURE_UPDATE_FAILED)\)/,
      )
      assert.equal(await cli.run('cluster', 'reassignments'), 'Nothing is being moved.\n')
      assert.equal(await cli.run('cluster', 'elect'), 'Every partition has the leader it should have.\n')
      assert.match(
        shape(await cli.run('cluster', 'log-dirs')),
        /^BROKER {2}DIRECTORY {2}REPLICAS {2}SIZE {2}FREE {2}OF {2}ERROR\n1 {2}\/\S+ {2}\d+ {2}\d/,
      )
      assert.match(await cli.refused('cluster', 'unregister', '77'), /\(BROKER_ID_NOT_REGISTERED\)/)
      assert.match(await cli.run('transactions', 'list'), /^TransactionalId/)
    },
  },
]
