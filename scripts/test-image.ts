/**
 * The image for this machine's processor, unpacked as a container engine would and started in it as its user: alone, as
 * Testcontainers starts Apache's and Confluent's images, and by its programs. Only root may change the root directory,
 * so others skip all but the looks at the archive. The last line is `N passed, N failed`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildOrSkip } from './support/build-or-skip.ts'
import { type Cases, expect, runCases } from './support/cases.ts'
import { serveEveryCodec, whileItRuns } from './support/serve-client.ts'
import { runningAsRoot } from './toolchain/lookup.ts'

const root = join(import.meta.dirname, '..')
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
const archive = join(root, `out/samsa-image-${architecture}.tar`)
const scratch = mkdtempSync(join(tmpdir(), 'samsa-image-'))
const container = join(scratch, 'root')
const MOST_BYTES = 80e6

interface Config {
  readonly config: {
    readonly User: string
    readonly Cmd: string[]
    readonly Env: string[]
    readonly WorkingDir: string
  }
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(scratch, 'archive', name), 'utf8'))
const [{ Config: configPath, Layers: layers }] = unpackArchive()
const { config } = read<Config>(configPath)

function unpackArchive(): { Config: string; Layers: string[] }[] {
  if (!process.argv.includes('--as-built')) buildOrSkip('scripts/delivery/container-image.ts', architecture)
  mkdirSync(join(scratch, 'archive'))
  execFileSync('tar', ['-xf', archive, '-C', join(scratch, 'archive')])
  return read('manifest.json')
}

/** A command in the container, as its user and with its environment and nothing else. */
function inside(command: readonly string[], env: Readonly<Record<string, string>>): [string, string[]] {
  const variables = [...config.Env, ...Object.entries(env).map((pair) => pair.join('='))]
  const words = ['sh', '-c', 'cd "$0" && exec "$@"', config.WorkingDir, ...command]
  return ['chroot', [`--userspec=${config.User}`, container, '/usr/bin/env', '-i', ...variables, ...words]]
}

/** Testcontainers' own words: the port is known, and the script written, only once the container runs. */
async function asTestcontainers(run: string): Promise<void> {
  const [port, internal, controller] = [await freePort(), await freePort(), await freePort()]
  const script = `#!/bin/bash\nexport KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:${port},BROKER://localhost:${internal}\n${run}`
  const start = join(container, 'testcontainers_start.sh')
  rmSync(start, { force: true })
  const wait = 'while [ ! -f /testcontainers_start.sh ]; do sleep 0.1; done; /testcontainers_start.sh'
  const env = {
    CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    KAFKA_LISTENERS: `PLAINTEXT://:${port},BROKER://:${internal},CONTROLLER://:${controller}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'BROKER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${controller}`,
    KAFKA_NODE_ID: '1',
    KAFKA_BROKER_ID: '1',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_LOG_FLUSH_INTERVAL_MESSAGES: '9223372036854775807',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_SAMSA_HTTP_LISTENERS: '',
  }
  setTimeout(() => writeFileSync(start, script, { mode: 0o777 }), 200)
  const said = await whileItRuns(...inside(['sh', '-c', wait], env), async () => {}, { detached: true })
  expect(/Transitioning from RECOVERY to RUNNING/.test(said), 'the line that Testcontainers waits for')
  expect(/Kafka Server started/.test(said), 'the line that others wait for')
}

const run = (command: readonly string[], input?: string): string => {
  const [program, args] = inside(command, {})
  return execFileSync(program, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] })
}

async function programs(): Promise<void> {
  const address = `localhost:${await freePort()}`
  const listeners = { KAFKA_CFG_LISTENERS: `PLAINTEXT://${address}`, KAFKA_CFG_SAMSA_HTTP_LISTENERS: '' }
  const broker = inside(['/opt/bitnami/scripts/kafka/run.sh'], listeners)
  await whileItRuns(...broker, async () => {
    const server = ['--bootstrap-server', address]
    run(['kafka-topics.sh', ...server, '--create', '--topic', 'orders', '--partitions', '3', '--if-not-exists'])
    expect(run(['kafka-topics', '--list', ...server]).trim() === 'orders', 'the list of topics')
    expect(
      /orders/.test(run(['kafka-topics.sh', `--bootstrap-server=${address}`, '--describe', '--topic=orders'])),
      'orders',
    )
    const keyed = ['--property', 'parse.key=true', '--property', 'key.separator=:']
    run(['kafka-console-producer.sh', ...server, '--topic', 'orders', ...keyed], 'k:one\nk:two\n')
    const reading = ['--topic', 'orders', '--from-beginning', '--max-messages', '2', '--property', 'print.key=true']
    expect(run(['kafka-console-consumer.sh', ...server, ...reading]) === 'k\tone\nk\ttwo\n', 'what was produced')
    groupsAndConfigs(server)
    run(['kafka-topics.sh', ...server, '--delete', '--topic', 'orders'])
    // The group that read has left its topic of offsets.
    expect(
      !run(['kafka-topics.sh', ...server, '--list'])
        .split('\n')
        .includes('orders'),
      'the topic is gone',
    )
  })
}

/** Two records are in `orders`. */
function groupsAndConfigs(server: readonly string[]): void {
  const group = ['--topic', 'orders', '--group', 'billing', '--from-beginning', '--max-messages', '2']
  run(['kafka-console-consumer.sh', ...server, ...group])
  expect(run(['kafka-consumer-groups.sh', ...server, '--list']).trim() === 'billing', 'the list of groups')
  expect(/orders/.test(run(['kafka-consumer-groups.sh', ...server, '--describe', '--group=billing'])), 'its offsets')
  const reset = ['--reset-offsets', '--group', 'billing', '--topic', 'orders', '--to-earliest']
  run(['kafka-consumer-groups.sh', ...server, ...reset, '--execute'])
  const offsets = run(['kafka-get-offsets.sh', ...server, '--topic', 'orders'])
    .trim()
    .split('\n')
  expect(offsets.length === 3 && offsets.some((line) => /^orders:\d:2$/.test(line)), offsets.join())
  expect(
    /^orders:0:0$/m.test(run(['kafka-get-offsets.sh', ...server, '--topic', 'orders', '--time', '-2'])),
    'the first',
  )
  const changed = ['--add-config', 'retention.ms=4711,cleanup.policy=[compact,delete]', '--delete-config', 'segment.ms']
  run(['kafka-configs.sh', ...server, '--alter', '--entity-type', 'topics', '--entity-name', 'orders', ...changed])
  const described = run(['kafka-configs.sh', ...server, '--describe', '--topic', 'orders'])
  expect(/retention\.ms\s+4711/.test(described) && /compact,delete/.test(described), described)
  expect(run(['kafka-transactions.sh', ...server, 'list', '--json']) === '', 'no transaction')
}

function refuses(command: readonly string[], words: RegExp): void {
  try {
    run(command)
  } catch (error) {
    return expect(words.test((error as { stderr: string }).stderr), `what ${command.join(' ')} says`)
  }
  throw new Error(`${command.join(' ')} is not refused`)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

const archiveCases: Cases = {
  'it is small': () => expect(statSync(archive).size <= MOST_BYTES, `${statSync(archive).size} bytes`),
  'its user is not root': () => expect(config.User === '1000:1000', config.User),
}
const containerCases: Cases = {
  'its layers give a root directory': () => {
    mkdirSync(container)
    for (const layer of layers)
      execFileSync('tar', ['-xpzf', join(scratch, 'archive', layer), '--keep-directory-symlink', '-C', container])
    // A container engine brings devices, of which a shell asks for one, and the names of the machine.
    writeFileSync(join(container, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n')
    mkdirSync(join(container, 'dev'), { recursive: true })
    execFileSync('mknod', ['-m', '666', join(container, 'dev/null'), 'c', '1', '3'])
  },
  'it serves a client, in every codec, and stops on SIGTERM': async () => {
    await serveEveryCodec(
      ...inside(config.Cmd, { KAFKA_LISTENERS: 'PLAINTEXT://localhost:0', KAFKA_LOG_DIRS: '/tmp/data' }),
    )
  },
  'Testcontainers starts it as apache/kafka': () => asTestcontainers('/etc/kafka/docker/run'),
  'Testcontainers starts it as confluentinc/cp-kafka': () =>
    asTestcontainers("echo '' > /etc/confluent/docker/ensure\n/etc/confluent/docker/run"),
  "Kafka's programs work on it": programs,
  'a program says what it does not know': () => {
    refuses(['kafka-topics.sh', '--topics-with-overrides'], /does not know --topics-with-overrides/)
    refuses(['kafka-topics.sh', '--create'], /--create needs --topic/)
    refuses(['kafka-console-consumer.sh', '--topic'], /--topic needs a value/)
  },
}

if (!runningAsRoot) console.log('Only root may change the root directory: the image is not started.')
await runCases(
  { ...archiveCases, ...(runningAsRoot ? containerCases : {}) },
  { standsAlone: true, cleanUp: () => rmSync(scratch, { recursive: true, force: true }) },
)
