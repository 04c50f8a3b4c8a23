/** A broker that may open few files: it is not ended by that, whatever takes them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import kafkajs from 'kafkajs'
import t from 'tap'
import { packagedCommand } from '../support/packaged-command.ts'

const { Kafka, logLevel } = kafkajs
const MAIN = await packagedCommand(t.testdir())
const PARTITIONS = 150

t.setTimeout(180_000)

/** Resolves with the port once the broker is ready under a hard limit of open files. */
async function startWithin(
  descriptors: number,
  args: readonly string[],
): Promise<{ child: ChildProcess; port: number }> {
  const command = [process.execPath, MAIN, '--port', '0', '--ephemeral', ...args]
  const child = spawn('sh', ['-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout!) {
    said += chunk
    const port = /is ready: kafka at localhost:(\d+)/.exec(said)?.[1]
    if (port !== undefined) {
      child.stdout!.resume()
      return { child, port: Number(port) }
    }
  }
  throw new Error(`it ended: ${said}`)
}

t.test(
  'more partitions and more clients than there are descriptors',
  { skip: process.platform === 'win32' && 'no ulimit' },
  async (t) => {
    const { child, port } = await startWithin(180, ['--topic', `many:${PARTITIONS}`])
    const kafka = new Kafka({ brokers: [`localhost:${port}`], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    const admin = kafka.admin()
    await producer.connect()
    await admin.connect()
    const send = async () => {
      const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({ value: 'v', partition }))
      await producer.send({ topic: 'many', messages })
    }
    await send()
    const crowd: Socket[] = []
    for (let i = 0; i < 300; i++) crowd.push(connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(crowd.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])))
    await send()
    const offsets = await admin.fetchTopicOffsets('many')
    t.ok(
      offsets.every(({ high }) => high === '2'),
      'both rounds are in every partition',
    )
    for (const socket of crowd) socket.destroy()
    await send()
    t.equal(child.exitCode, null)
    await producer.disconnect()
    await admin.disconnect()
    child.kill('SIGTERM')
    t.same(await once(child, 'exit'), [0, null])
  },
)
