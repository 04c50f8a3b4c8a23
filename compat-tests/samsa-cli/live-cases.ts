/** `samsa doctor` and `samsa top`, which look at a cluster as it is. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { onPath } from '../../scripts/toolchain/lookup.ts'
import { endWithThisProcess } from '../support/children.ts'
import { samsaCommand } from '../support/samsa.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { attempt, cliOf, objectsIn, started } from './cli.ts'
import { store } from './cli-broker.ts'

const CA = ['--tls-ca', store('ca.pem')] as const

/** The exit code, and the names of what was found amiss. */
async function examined(...words: readonly string[]): Promise<{ code: number; troubles: string[]; stdout: string }> {
  const { code, stdout, stderr } = await attempt(['doctor', ...words, '--json'])
  assert.equal(stderr, '', words.join(' '))
  return { code, stdout, troubles: objectsIn(stdout).flatMap(({ trouble }) => trouble ?? []) }
}

async function finds(trouble: string, ...words: readonly string[]): Promise<void> {
  const { code, troubles, stdout } = await examined(...words)
  assert.deepEqual([code, troubles], [1, [trouble]], `${words.join(' ')}: ${stdout}`)
}

/** Where the quorum's leader is reached, which brokers know. */
async function controllerAddress(context: CaseContext): Promise<string | null> {
  const { ClusterClient } = await import('../../src/client/cluster-client.ts')
  const { parseBootstrapServers } = await import('../../src/client/addresses.ts')
  const { nodeEnvironment } = await import('../../src/env/node/index.ts')
  const { DescribeQuorumRequest, DescribeQuorumResponse } = await import('../../protocol/messages/describe-quorum.ts')
  const client = new ClusterClient({
    environment: nodeEnvironment(),
    bootstrapServers: parseBootstrapServers(context.broker.bootstrapServers),
  })
  context.after(() => client.close())
  const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
  const { nodes } = await client.request({ to: 'any' }, DescribeQuorumRequest, DescribeQuorumResponse, { topics })
  const listener = nodes[0]?.listeners[0]
  return listener === undefined || listener.port === 0 ? null : `${listener.host}:${listener.port}`
}

export const liveCases: readonly Case[] = [
  {
    name: 'doctor: nothing is found where nothing is wrong, in words and in JSON',
    smoke: true,
    async run(context) {
      const cli = cliOf(context)
      const topic = context.unique('orders')
      await cli.run('topics', 'create', topic)
      const { bootstrapServers } = context.broker
      const { code, stdout, stderr } = await attempt([
        'doctor',
        bootstrapServers,
        '-t',
        topic,
        '-g',
        context.unique('g'),
      ])
      assert.deepEqual([code, stderr], [0, ''], stdout)
      // samsa serves them as well, unless samsa.legacy.protocol says otherwise.
      assert.equal(/✓ versions .*Clients before 2\.1 are refused/.test(stdout), context.broker.product === 'apache')
      assert.match(stdout, /✓ clock .*The clocks of both sides agree\./)
      assert.match(stdout, /✓ topic .*may read and write the topic/)
      assert.match(stdout, /✓ group .*may read with the group/)
      assert.match(stdout, /\nNothing keeps a client from working\.\n$/)
      assert.deepEqual((await examined(context.broker.addressOf('SSL'), ...CA)).troubles, [])
    },
  },
  {
    name: 'doctor: planted misconfigurations are named',
    timeoutMs: 180_000,
    async run(context) {
      const cli = cliOf(context)
      const { broker } = context
      const at = (listener: string) => broker.addressOf(listener)
      const plain = broker.bootstrapServers
      const careful = context.unique('careful')
      await cli.feed('alice-secret\n', 'users', 'alter', 'alice')
      await cli.run('topics', 'create', careful, '-c', 'min.insync.replicas=2')
      await eventually('the user is there', async () => (await cli.run('users', 'list')).includes('alice'))
      const alice = ['--user', 'alice:alice-secret']
      await finds('port-closed', 'localhost:1')
      await finds('tls-expected', at('SSL'))
      await finds('tls-not-spoken', plain, ...CA)
      await finds('certificate-authority-unknown', at('SSL'), '--tls')
      await finds('certificate-expired', at('EXPIRED'), ...CA)
      await finds('tls-certificate-expected', at('STRICT'), ...CA)
      await finds('login-expected', at('SASL_PLAINTEXT'))
      await finds('login-not-expected', plain, ...alice)
      await finds(
        'login-mechanism',
        at('SASL_PLAINTEXT'),
        '-X',
        'security.protocol=SASL_PLAINTEXT',
        '-X',
        'sasl.mechanism=OAUTHBEARER',
        '-X',
        `sasl.jaas.config=${OAUTH}`,
      )
      await finds('login-refused', at('SASL_SSL'), ...CA, '--user', 'alice:wrong')
      await finds('topic-unknown', plain, '--topic', context.unique('none'))
      await finds('topic-under-min-isr', plain, '--topic', careful)
      await cli.run('acls', 'create', `bob:read:topic:${careful}`, `bob:read:group:${careful}`)
      await eventually('the ACL is in force', async () => {
        const words = [at('SASL_PLAINTEXT'), ...alice, '--topic', careful, '--group', careful]
        return (await examined(...words)).troubles.join() === 'topic-forbidden,group-forbidden'
      })
      await cli.run('acls', 'delete', '--principal', 'bob')
      const controller = await controllerAddress(context)
      if (controller !== null) await finds('controller-listener', controller)
    },
  },
  {
    name: 'top: rates of topics, groups and members, by offsets',
    async run(context) {
      const cli = cliOf(context)
      const [topic, group] = [context.unique('topic'), context.unique('group')]
      await cli.run('topics', 'create', topic)
      const member = started(['consume', topic, '--group', group, '--from', 'beginning', ...cli.server])
      const producer = started(['produce', topic, ...cli.server])
      const feeding = setInterval(() => producer.stdin?.write('x\n'.repeat(100)), 20)
      context.after(() => {
        clearInterval(feeding)
        member.kill('SIGKILL')
        producer.kill('SIGKILL')
      })
      await eventually(
        'the group has members',
        async () => (await cli.json('groups', 'list', group))[0]?.state === 'Stable',
      )
      // A member commits every five seconds: only then has its group moved.
      const seen = await eventually('the rates are there', async () => {
        const [shown] = await cli.json('top', '--once', '--interval', '6s')
        const of = shown.topics.find((each: { topic: string }) => each.topic === topic)
        const ofGroup = shown.groups.find((each: { group: string }) => each.group === group)
        const client = shown.clients.find((each: { group: string | null }) => each.group === group)
        const isWhole = of?.recordsPerSecond > 0 && ofGroup?.recordsPerSecond > 0 && client?.recordsPerSecond > 0
        return isWhole && { shown, ofGroup, client }
      })
      assert.deepEqual([seen.shown.by, seen.shown.brokers], ['offsets', 1])
      assert.deepEqual([seen.ofGroup.type, seen.ofGroup.state, seen.ofGroup.members], ['classic', 'Stable', 1])
      assert.deepEqual([seen.client.client, seen.client.host], ['samsa', '127.0.0.1'])
      assert.match(
        await cli.run('top', '--once', '--interval', '200ms'),
        /^TOPIC +REC\/S +PARTITIONS\n[\s\S]*\nGROUP +REC\/S +LAG +MEMBERS +STATE +TYPE\n/,
      )
      assert.match(await cli.refused('top'), /samsa top wants a terminal: give --once/)
    },
  },
  {
    name: 'top: on a terminal, until somebody presses q',
    async run(context) {
      const cli = cliOf(context)
      const topic = context.unique('shown')
      await cli.run('topics', 'create', topic)
      const child = onTerminal(['top', '--interval', '200ms', ...cli.server])
      if (child === null) {
        console.error('samsa top is not tried on a terminal: there is no script(1), which makes one')
        return
      }
      context.after(() => child.kill('SIGKILL'))
      let screen = ''
      child.stdout?.setEncoding('utf8').on('data', (text) => (screen += text))
      await eventually('the topic is on the screen', () => screen.includes(topic))
      assert.ok(screen.includes('\x1b[?1049h'), 'on a screen of its own')
      child.stdin?.write('g')
      child.stdin?.write('q')
      await eventually('it ends', () => child.exitCode !== null)
      assert.equal(child.exitCode, 0, screen)
      assert.ok(screen.trimEnd().endsWith('\x1b[?25h\x1b[?1049l'), 'the terminal is as it was')
    },
  },
]

/** The command with a terminal of its own, which script(1) makes; null where there is none. */
function onTerminal(words: readonly string[]): ChildProcess | null {
  const script = onPath('script')
  if (script === null) return null
  const command = [process.execPath, ...samsaCommand(), ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn(script, ['-qfec', `stty rows 24 cols 100; exec ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', XDG_CONFIG_HOME: '/nowhere' },
  })
  endWithThisProcess(child)
  return child
}

const OAUTH =
  'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="alice";'
