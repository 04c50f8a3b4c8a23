/**
 * `make fuzz HANDSHAKES=1`: logins that are broken, abandoned or slow, seeded. Nobody may get in, nothing may fail, and a
 * client that has logged in is answered meanwhile. The totals come last.
 *
 * 1. in process: FRAMES mutants (1,000,000; with QUICK=1 20,000) of PLAIN, SCRAM and OAUTHBEARER logins, against the login
 *    and the handlers of a listener without sockets.
 * 2. sockets: SOCKETS mutants (20,000; with QUICK=1 1,000) of TLS hellos and of logins, each a connection of its own.
 * 3. crowd: 10,000 connections that never finish a handshake, and 1,000 that send a byte at a time, for SECONDS (30).
 *
 * SEED chooses other mutants.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerProcess, freePorts } from '../compat-tests/support/broker.ts'
import { samsaBroker } from '../compat-tests/support/samsa.ts'
import { requestFrame } from '../protocol/frame.ts'
import { apisByKey } from '../protocol/registry.ts'
import { USER } from './fuzz/handshakes/conversations.ts'
import { askOn, attackSockets, type CrowdPorts, clientHello, slow, unfinished } from './fuzz/handshakes/crowd.ts'
import { attackLogins } from './fuzz/handshakes/in-process.ts'
import { fuzzedListener } from './fuzz/handshakes/listener.ts'
import { seeded } from './fuzz/mutate.ts'
import { repositoryRoot } from './toolchain/lookup.ts'

const QUICK = process.env.QUICK === '1'
const SEED = Number(process.env.SEED ?? 1)
const FRAMES = Number(process.env.FRAMES ?? (QUICK ? 20_000 : 1_000_000))
const SOCKETS = Number(process.env.SOCKETS ?? (QUICK ? 1_000 : 20_000))
const SECONDS = Number(process.env.SECONDS ?? (QUICK ? 5 : 30))
const PASSWORD = 'not to be guessed'
const [UNFINISHED, SLOW] = QUICK ? [1_000, 100] : [10_000, 1_000]
/** Descriptors of a process for all else than the crowd. */
const OTHER_DESCRIPTORS = 500
const SLOWEST_FRAME_MS = 1_000
/** Answers of a broker that nobody attacks, to compare with. */
const CALM_MS = 3_000
const MEMORY_LIMIT_BYTES = 1024 ** 3

let failed = 0
let passed = 0

function note(good: boolean, text: string): void {
  if (good) passed++
  else failed++
  console.log(`  ${good ? 'ok  ' : 'FAIL'} ${text}`)
}

async function inProcess(): Promise<void> {
  const listener = await fuzzedListener(PASSWORD)
  const before = memoryBytes()
  const startedMs = performance.now()
  const { frames, conversations, answered, problems, slowestMs } = await attackLogins(listener, FRAMES, SEED)
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0)
  await listener.stop()
  for (const problem of problems.slice(0, 10)) console.log(`    ${problem}`)
  const counts = `${frames} mutants in ${conversations} logins, ${answered} frames answered, ${seconds} s`
  note(problems.length === 0, `in process: ${counts}; ${problems.length} logins, bugs and failures`)
  note(slowestMs < SLOWEST_FRAME_MS, `in process: a frame takes ${slowestMs.toFixed(1)} ms of CPU at most`)
  const grown = Math.round((memoryBytes() - before) / 1024 ** 2)
  note(grown < 256, `in process: the heap has grown by ${grown} MiB`)
}

/** The bytes of live objects, as far as garbage can be told from them. */
function memoryBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function secureBroker(): Promise<{ broker: BrokerProcess; ports: CrowdPorts }> {
  const [plain, sasl, tls] = await freePorts(3)
  const broker = await samsaBroker({
    port: plain,
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${plain},SASL_PLAINTEXT://127.0.0.1:${sasl},SASL_SSL://127.0.0.1:${tls}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${plain}`,
      'samsa.users': `${USER}:${PASSWORD}`,
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'ssl.keystore.location': join(repositoryRoot, 'test/golden/key-stores/chain.p12'),
      'ssl.keystore.password': 'secret1',
    },
  })
  await broker.start({ timeoutMs: 120_000 })
  return { broker, ports: { sasl, tls } }
}

const frame = (apiKey: number, version: number, body: object): Buffer =>
  Buffer.concat(requestFrame(apisByKey.get(apiKey)!, version, { correlationId: 1, clientId: 'good' }, body))
const LOGIN = Buffer.concat([
  frame(17, 1, { mechanism: 'PLAIN' }),
  frame(36, 2, { authBytes: Buffer.from(`\0${USER}\0${PASSWORD}`) }),
])

/** Runs the work while the client that has logged in asks, and watches the memory of the broker. */
async function beside(
  broker: BrokerProcess,
  ports: CrowdPorts,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  let peakBytes = 0
  const watch = setInterval(() => {
    void broker.residentBytes().then((bytes) => (peakBytes = Math.max(peakBytes, bytes)))
  }, 200)
  const done = work()
  try {
    const times = (await askOn(ports.sasl, LOGIN, done)).sort((a, b) => a - b)
    const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN
    note(
      times.length > 0,
      `${name}: a client that has logged in was answered ${times.length} times, p99 ${p99.toFixed(1)} ms`,
    )
  } catch (error) {
    note(false, `${name}: ${(error as Error).message}`)
  }
  await done
  clearInterval(watch)
  const peak = Math.round(peakBytes / 1024 ** 2)
  note(broker.isRunning && peakBytes < MEMORY_LIMIT_BYTES, `${name}: the broker runs on, in ${peak} MiB at most`)
}

/** The crowd that the limit of open files lets this process and its broker have. */
function crowdSize(): { unfinished: number; slow: number } {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim())
  const wanted = UNFINISHED + SLOW
  const room = Number.isNaN(limit) ? wanted : limit - OTHER_DESCRIPTORS
  if (room >= wanted) return { unfinished: UNFINISHED, slow: SLOW }
  console.log(
    `  ${wanted} connections need a limit of open files of ${wanted + OTHER_DESCRIPTORS}, and it is ${limit}: fewer`,
  )
  return { unfinished: Math.floor((room * UNFINISHED) / wanted), slow: Math.floor((room * SLOW) / wanted) }
}

async function overSockets(): Promise<void> {
  const random = seeded(SEED)
  const { broker, ports } = await secureBroker()
  try {
    const hello = await clientHello(ports.tls)
    await beside(broker, ports, 'calm', () => delay(CALM_MS))
    await beside(broker, ports, 'sockets', async () => {
      const { sent, refused } = await attackSockets(ports, hello, SOCKETS, random)
      note(refused === 0, `sockets: ${sent} mutants of TLS and SASL, ${refused} times no connection`)
    })
    await beside(broker, ports, 'crowd', async () => {
      const size = crowdSize()
      const slowOnes = await slow(ports, hello, size.slow, random)
      const others = await unfinished(ports, hello, size.unfinished)
      console.log(`  crowd: ${others.opened} connections never finish, ${slowOnes.opened} are slow`)
      await delay(SECONDS * 1_000)
      others.leave()
      slowOnes.leave()
    })
    const log = await broker.logTail(100_000)
    note(!/\bat .*\.[jt]s:\d+/.test(log), 'sockets and crowd: the log has no stack')
  } finally {
    await broker.dispose()
  }
}

console.log(`seed ${SEED}`)
await inProcess()
await overSockets()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
