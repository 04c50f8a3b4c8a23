/** A command that starts samsa, as a client sees it: what every form in which samsa is delivered has to pass. */
import { type SpawnOptions, spawn } from 'node:child_process'
import kafkajs from 'kafkajs'

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd']
const READY_WITHIN_MS = 30_000

/**
 * Starts the command with a topic for each codec, of which the broker compresses every batch, produces to all of them, asks for
 * their ends, and stops it. As `whileItRuns` otherwise.
 */
export function serveEveryCodec(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const topics = CODECS.map((codec) => `${codec}:1:compression.type=${codec}`).join(';')
  const settings = ['--set', `samsa.create.topics=${topics}`, '--set', 'samsa.http.listeners=']
  return whileItRuns(command, [...args, ...settings], produceToAll, options)
}

/**
 * Starts the command, calls `work` with the broker's address when it is ready, and stops it by SIGTERM. Resolves to what it
 * printed. Throws a sentence when something is not as it should be. With the option `detached` the signal goes to all
 * processes of the command, for a shell that waits for the broker passes none on and ends by its own.
 */
export async function whileItRuns(
  command: string,
  args: readonly string[],
  work: (broker: string) => Promise<void>,
  options: SpawnOptions = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
  // Its streams are closed when the last of its processes has ended.
  const exited = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  try {
    await work(await readyAddress(child.stdout!, exited, () => said))
  } finally {
    if (options.detached) process.kill(-child.pid!, 'SIGTERM')
    else child.kill('SIGTERM')
  }
  const code = await exited
  if (code !== 0 && !options.detached) throw new Error(`it ended with ${code} after SIGTERM\n${said}`)
  return said
}

async function produceToAll(broker: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: 100 }, (_, i) => ({ value: `message ${i}` }))
  for (const topic of CODECS) await producer.send({ topic, messages })
  await producer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  for (const topic of CODECS) {
    const [{ high }] = await admin.fetchTopicOffsets(topic)
    if (high !== '100') throw new Error(`the end of ${topic} is ${high}`)
  }
  await admin.disconnect()
}

function readyAddress(output: NodeJS.ReadableStream, exited: Promise<unknown>, said: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not get ready\n${said()}`)), READY_WITHIN_MS)
    exited.then(() => reject(new Error(`it ended\n${said()}`)))
    output.on('data', () => {
      const found = /is ready: kafka at ([\w.]+:\d+)/.exec(said())
      if (found === null) return
      clearTimeout(timer)
      resolve(found[1])
    })
  })
}
