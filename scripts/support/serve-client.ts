/** A command that starts samsa, as a client sees it: what every form in which samsa is delivered has to pass. */
import { type SpawnOptions, spawn } from 'node:child_process'
import kafkajs from 'kafkajs'

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd']
const READY_WITHIN_MS = 30_000

/**
 * Starts the command with a topic for each codec, of which the broker compresses every batch, produces to all of them and
 * asks for their ends, and stops it by SIGTERM. Resolves to what it printed. Throws a sentence when something is not as it
 * should be.
 */
export async function serveEveryCodec(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> {
  const topics = CODECS.map((codec) => `${codec}:1:compression.type=${codec}`).join(';')
  const settings = ['--set', `samsa.create.topics=${topics}`, '--set', 'samsa.http.listeners=']
  const child = spawn(command, [...args, ...settings], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk))
  const exited = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
  try {
    await produceToAll(await readyAddress(child.stdout!, exited, () => said))
  } finally {
    child.kill('SIGTERM')
  }
  const code = await exited
  if (code !== 0) throw new Error(`it ended with ${code} after SIGTERM\n${said}`)
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
      const found = /is ready: kafka at (localhost:\d+)/.exec(said())
      if (found === null) return
      clearTimeout(timer)
      resolve(found[1])
    })
  })
}
