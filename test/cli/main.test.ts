/** The command as a user runs it: its words, its exit codes, its signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { VERSION } from '../../src/config/version.ts'
import { packagedCommand } from '../support/packaged-command.ts'

const { Kafka, logLevel } = kafkajs
const MAIN = await packagedCommand(t.testdir())

/** Each command is a process that compiles samsa first, and the machine may be busy. */
t.setTimeout(180_000)

interface Ended {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

class Command {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<Ended>

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    // Several at a time would ask for one port of HTTP.
    const path = { PATH: process.env.PATH, HOME: process.env.HOME, KAFKA_SAMSA_HTTP_LISTENERS: '' }
    this.child = spawn(process.execPath, [MAIN, ...args], { env: { ...path, ...env } })
    this.child.stdout!.on('data', (chunk) => {
      this.stdout += chunk
    })
    this.child.stderr!.on('data', (chunk) => {
      this.stderr += chunk
    })
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  /** Resolves with the port when the broker says that it is ready; rejects when it ends instead. */
  async ready(): Promise<number> {
    return Number((await this.said(/is ready: kafka at localhost:(\d+)/))[1])
  }

  /** Resolves when the command has written this; rejects when it ends instead. */
  async said(words: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = words.exec(this.stdout)
      if (found) return found
      const ended = await Promise.race([once(this.child.stdout!, 'data').then(() => null), this.ended])
      if (ended) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`)
    }
  }
}

const client = (port: number) =>
  new Kafka({ brokers: [`localhost:${port}`], logLevel: logLevel.NOTHING, retry: { retries: 0 } })

/** Ports that nobody has now; held together, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

t.test('--version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  t.equal(VERSION, version)
  t.match(await new Command(['--version']).ended, { code: 0, stdout: `${version}\n` })
})

t.test('--help shows every option and examples', async (t) => {
  const { code, stdout } = await new Command(['--help']).ended
  t.equal(code, 0)
  for (const option of [
    '--config',
    '--set',
    '--topic',
    '--port',
    '--data',
    '--ephemeral',
    '--log-level',
    'Examples:',
  ]) {
    t.match(stdout, option)
  }
})

const mistakes: [name: string, args: string[], env: Record<string, string>, message: RegExp][] = [
  ['an unknown option', ['--prot', '1'], {}, /unknown option '--prot'\s+\(Did you mean --port\?\)/],
  ['a port that is none', ['--port', '70000'], {}, /A port is a number from 0 to 65535/],
  ['a setting without value', ['--set', 'x'], {}, /Expected key=value/],
  [
    'a command that is none',
    ['nonsense'],
    {},
    /^error: unknown command 'nonsense'\n\(samsa --help lists the options\)\n$/,
  ],
  ['a command misspelt', ['transaction', 'list'], {}, /unknown command 'transaction'\n\(Did you mean transactions\?\)/],
  [
    'two places to listen',
    ['--port', '1', '--set', 'listeners=PLAINTEXT://:2'],
    {},
    /^samsa: --port and --set listeners say different things of the same: leave one of the two\.\n$/,
  ],
  [
    'two places for the data, one of them a setting',
    ['--ephemeral', '--set', 'log.dir=x'],
    {},
    /^samsa: --ephemeral and --set log.dir [^\n]*\n$/,
  ],
  [
    'data on a file',
    ['--port', '0', '--data', MAIN],
    {},
    /^samsa: The data directory [^\n]*main\.cjs cannot be used \(ENOTDIR\): make it a directory [^\n]*\n$/,
  ],
  [
    'data below a file',
    ['--port', '0', '--data', join(MAIN, 'data')],
    {},
    /^samsa: The data directory [^\n]*main\.cjs\/data cannot be used \(ENOTDIR\): [^\n]*\n$/,
  ],
  [
    'more replicas than brokers',
    ['--port', '0', '--ephemeral', '--topic', 'a:1:3'],
    {},
    /^samsa: Cannot create topic a with 3 replicas: there is 1 broker\.\n$/,
  ],
  [
    'more replicas by default than brokers',
    ['--port', '0', '--ephemeral', '--topic', 'a'],
    { KAFKA_DEFAULT_REPLICATION_FACTOR: '3' },
    /^samsa: Cannot create topic a with the replicas of default.replication.factor: there is 1 broker\.\n$/,
  ],
  ['a clock that nobody moves', ['--clock', 'manual'], {}, /^samsa: --clock manual takes --control[^\n]*\n$/],
  ['a control for everybody', ['--control', '0.0.0.0:0'], {}, /^samsa: [^\n]*set samsa\.http\.token\.\n$/],
  ['two places for the data', ['--ephemeral', '--data', 'x'], {}, /cannot be used with option/],
  [
    'an unknown key',
    ['--set', 'num.partition=1'],
    {},
    /^samsa: There is no configuration num.partition; did you mean num.partitions\?\n$/,
  ],
  [
    'a bad value',
    ['--set', 'num.partitions=x'],
    {},
    /^samsa: Invalid value x for configuration num.partitions: Not a number of type INT\n$/,
  ],
  [
    'a bad value in the environment',
    [],
    { KAFKA_NUM_PARTITIONS: '0' },
    /^samsa: Invalid value 0 for configuration num.partitions: Value must be at least 1\n$/,
  ],
  ['a topic that cannot be', ['--topic', 'a:x'], {}, /^samsa: Cannot read the topic a:x: expected [^\n]*\n$/],
  [
    'a file that is not there',
    ['--config', '/nowhere/server.properties'],
    {},
    /^samsa: [^\n]*\/nowhere\/server.properties[^\n]*\n$/,
  ],
  ['a proxy for nobody', ['proxy'], {}, /^samsa: Name the brokers [^\n]*--upstream host:port\n$/],
  [
    'a proxy whose recording has no place',
    ['proxy', '--upstream', 'localhost:1', '--listen', 'localhost:0', '--record', '/nowhere/trace.jsonl'],
    {},
    /^samsa: --record \/nowhere\/trace.jsonl cannot be written: [^\n]*\n$/,
  ],
  [
    'a proxy whose control is for everybody',
    ['proxy', '--upstream', 'localhost:1', '--listen', 'localhost:0', '--control', '0.0.0.0:0'],
    {},
    /^samsa: The control of a proxy is for programs of this machine[^\n]*\n$/,
  ],
]
for (const [name, args, env, message] of mistakes) {
  t.test(`${name} is one clear sentence`, async (t) => {
    t.match(await new Command(args, env).ended, { code: 1, stderr: message })
  })
}

t.test('a port in use is one clear sentence, and nothing is touched', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const data = join(t.testdir(), 'data')
  const { code, stderr } = await new Command(['--port', String(port), '--data', data]).ended
  other.close()
  t.equal(code, 1)
  t.match(stderr, new RegExp(`^samsa: Port ${port} on localhost is already in use[^\\n]*\\n$`))
  t.notOk(existsSync(data))
})

t.test('data that another process has locked is one clear sentence', async (t) => {
  const data = t.testdir()
  const first = new Command(['--port', '0', '--data', data])
  await first.ready()
  const { code, stderr } = await new Command(['--port', '0', '--data', data]).ended
  t.equal(code, 1)
  t.match(stderr, /^samsa: [^\n]*lock[^\n]*\n$/)
  first.child.kill('SIGTERM')
  t.match(await first.ended, { code: 0 })
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} stops in good order`, async (t) => {
    const folder = t.testdir({ data: {} })
    const file = join(folder, 'server.properties')
    const data = join(folder, 'data')
    writeFileSync(file, `# mine\nlog.dirs=${data}\nlisteners=PLAINTEXT://localhost:0\n`)
    const command = new Command(['--config', file, '--topic', 'orders:2'])
    const port = await command.ready()
    const client = connect(port, '127.0.0.1')
    await once(client, 'connect')
    client.resume()
    command.child.kill(signal)
    t.match(await command.ended, { code: 0, signal: null })
    t.ok(readdirSync(data).includes('.kafka_cleanshutdown'))
    t.ok(readdirSync(data).includes('orders-1'))
  })
}

t.test('SIGTERM stops a proxy in good order', async (t) => {
  const record = join(t.testdir(), 'trace.jsonl')
  const proxy = new Command(['proxy', '--upstream', 'localhost:1', '--listen', 'localhost:0', '--record', record])
  await proxy.said(/samsa proxy is ready: localhost:\d+ leads to localhost:1\n/)
  proxy.child.kill('SIGTERM')
  t.match(await proxy.ended, { code: 0, signal: null, stdout: /samsa has stopped/, stderr: '' })
  t.equal(readFileSync(record, 'utf8'), '')
})

t.test('a proxy takes the properties of a client that logs in: it is the client who does', async (t) => {
  const login = ['-X', 'security.protocol=SASL_SSL', '-X', 'sasl.mechanism=GSSAPI']
  const proxy = new Command(['proxy', '--upstream', 'localhost:1', '--listen', 'localhost:0', ...login])
  await proxy.said(/samsa proxy is ready/)
  proxy.child.kill('SIGTERM')
  t.match(await proxy.ended, { code: 0, stderr: '' })
})

t.test('a recording is shown line by line, to a reader that may go away', async (t) => {
  const line = { at: '2026-01-01T00:00:00.000Z', tookMs: 1, broker: 'b:1', client: 'c:1', clientId: 'x\x1b[2J' }
  const exchange = JSON.stringify({ ...line, api: 'Metadata', version: 1, correlationId: 1, request: {}, response: {} })
  const folder = t.testdir({ short: `${exchange}\n{}\n`, long: `${exchange}\n`.repeat(20_000) })
  const shown = await new Command(['proxy', '--show', join(folder, 'short')]).ended
  t.match(shown, { code: 0, stderr: /^samsa: line 2 of [^\n]*short is no line of a recording: it is left out\.\n$/ })
  t.equal(shown.stdout, '00:00:00.000  x\\e[2J → b:1  Metadata v1  ok  1.0 ms\n')
  const left = new Command(['proxy', '--show', join(folder, 'long')])
  left.child.stdout!.once('data', () => left.child.stdout!.destroy())
  t.match(await left.ended, { code: 0, stderr: '' })
})

t.test('SIGTERM among requests: what is acknowledged is there', async (t) => {
  const data = t.testdir()
  const command = new Command(['--port', '0', '--data', data, '--topic', 'orders:2'])
  const producer = client(await command.ready()).producer()
  await producer.connect()
  let acknowledged = 0
  const send = async (value: string) => {
    await producer.send({ topic: 'orders', messages: [{ value }] })
    acknowledged += 1
  }
  await send('first')
  // kafkajs leaves some of those that it had not sent yet without an end.
  for (let index = 0; index < 200; index++) send(`${index}`).catch(() => {})
  command.child.kill('SIGTERM')
  t.match(await command.ended, { code: 0, signal: null })
  await producer.disconnect()

  const next = new Command(['--port', '0', '--data', data])
  const admin = client(await next.ready()).admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets('orders')
  await admin.disconnect()
  const kept = offsets.reduce((sum, { high }) => sum + Number(high), 0)
  t.ok(kept >= acknowledged, `${kept} are kept of ${acknowledged} acknowledged`)
  next.child.kill('SIGTERM')
  t.match(await next.ended, { code: 0 })
})

t.test('a signal during the start stops it in good order', async (t) => {
  const temporary = t.testdir()
  // An unknown key is warned of before the broker starts, and so many topics take a moment.
  const command = new Command(['--port', '0', '--ephemeral', '--log-format', 'json', '--topic', 'slow:500'], {
    TMPDIR: temporary,
    KAFKA_NO_SUCH_KEY: '1',
  })
  await once(command.child.stdout!, 'data')
  command.child.kill('SIGTERM')
  t.match(await command.ended, { code: 0, stderr: '' })
  t.same(
    readdirSync(temporary).filter((name) => name.startsWith('samsa-')),
    [],
  )
})

t.test('the environment of Apache\u2019s compose example starts unchanged', async (t) => {
  const [port, inner, controller] = await freePorts(3)
  const command = new Command([], {
    KAFKA_NODE_ID: '1',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT_HOST://localhost:${port},PLAINTEXT://broker:${inner}`,
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@broker:${controller}`,
    KAFKA_LISTENERS: `CONTROLLER://:${controller},PLAINTEXT_HOST://:${port},PLAINTEXT://:${inner}`,
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_LOG_DIRS: join(t.testdir(), 'kraft-combined-logs'),
  })
  t.equal(await command.ready(), port)
  const admin = client(port).admin()
  await admin.connect()
  t.match(await admin.describeCluster(), {
    clusterId: '4L6g3nShT-eMCtK--X86sw',
    brokers: [{ nodeId: 1, host: 'localhost', port }],
  })
  await admin.disconnect()
  command.child.kill('SIGTERM')
  t.match(await command.ended, { code: 0 })
})

t.test('--log-format pretty is for people', async (t) => {
  const command = new Command(['--port', '0', '--ephemeral', '--log-format', 'pretty'], { KAFKA_NO_SUCH_KEY: '1' })
  await command.ready()
  command.child.kill('SIGTERM')
  const { code, stdout } = await command.ended
  t.equal(code, 0)
  t.match(
    stdout,
    /^\[[\d:.]+\] WARN: Variables that name no configuration of Kafka, and are ignored: KAFKA_NO_SUCH_KEY.$/m,
  )
  t.match(stdout, /^samsa [\d.]+ is ready: kafka at localhost:\d+, data in memory \(\d+ ms\)$/m)
  t.match(stdout, /^\[[\d:.]+\] INFO: Stopping after SIGTERM.*\n\[[\d:.]+\] INFO: samsa has stopped \(\d+ ms\)\n$/m)
})

t.test('without a terminal, the lines for which others wait in a log are there', async (t) => {
  const waitedFor = [/Transitioning from RECOVERY to RUNNING/, /\[KafkaServer id=\d+\] started/, /Kafka Server started/]
  for (const [format, isThere] of [
    ['auto', true],
    ['json', false],
  ] as const) {
    const command = new Command(['--port', '0', '--ephemeral', '--log-format', format])
    await command.ready()
    command.child.kill('SIGTERM')
    const { stdout } = await command.ended
    for (const line of waitedFor) t.equal(line.test(stdout), isThere, `${format}: ${line}`)
  }
})

t.test('ephemeral data touches no file', async (t) => {
  const temporary = t.testdir()
  const command = new Command(['--port', '0', '--ephemeral'], { TMPDIR: temporary })
  await command.ready()
  t.same(
    readdirSync(temporary).filter((name) => name.startsWith('samsa-')),
    [],
  )
  command.child.kill('SIGTERM')
  t.match(await command.ended, { code: 0 })
  t.same(
    readdirSync(temporary).filter((name) => name.startsWith('samsa-')),
    [],
  )
})

t.test('samsa log verify and dump: exit codes, JSON, and a broker that runs', async (t) => {
  const data = t.testdir({})
  const broker = new Command(['--port', '0', '--data', data, '--topic', 'orders', '--log-format', 'json'])
  await broker.ready()
  t.match(await new Command(['log', 'verify', data]).ended, { code: 2, stderr: /^samsa: A broker is running on / })
  broker.child.kill('SIGTERM')
  await broker.ended
  const verified = await new Command(['log', 'verify', '--json', data]).ended
  t.match(verified, { code: 0, stderr: '' })
  t.match(JSON.parse(verified.stdout), { type: 'summary', partitions: 2, damage: 0, repair: 0 })
  const partitions = ['orders-0', '__cluster_metadata-0'].map((name) => join(data, name))
  t.match(await new Command(['log', 'verify', ...partitions]).ended, { code: 0, stdout: /^2 partitions, / })
  const segment = join(data, 'orders-0', `${'0'.repeat(20)}.log`)
  writeFileSync(segment, Buffer.alloc(100, 1))
  t.match(await new Command(['log', 'verify', data]).ended, { code: 1, stdout: /^damage {2}.*\.log at byte 0: / })
  const dumped = await new Command(['log', 'dump', '--json', segment]).ended
  t.equal(dumped.code, 1)
  t.match(JSON.parse(dumped.stdout), { file: segment, type: 'damage', position: 0 })
  t.match(await new Command(['log', 'dump', join(data, 'nothing')]).ended, {
    code: 2,
    stderr: /^samsa: There is no .*\n$/,
  })
  t.match(await new Command(['log', 'verify', join(data, '..')]).ended, { code: 2, stderr: /it is no data directory/ })
})

t.test('samsa transactions: one sentence when there is no broker, and what it needs to know', async (t) => {
  const [port] = await freePorts(1)
  const nobody = await new Command(['transactions', 'list', '--bootstrap-server', `localhost:${port}`]).ended
  t.match(nobody, { code: 1, stdout: '' })
  t.match(nobody.stderr, /^samsa: No broker answers at localhost:\d+ \(ECONNREFUSED\): is a broker running there\?\n$/)
  const vague = await new Command(['transactions', 'abort', '--topic', 't', '--partition', 'zero']).ended
  t.match(vague, { code: 1, stderr: /Expected a whole number/ })
})
