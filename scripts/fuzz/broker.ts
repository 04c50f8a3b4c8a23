/**
 * Mutants against a running broker, over several connections at a time, each used until a mutant comes that the broker
 * must refuse by closing it. The broker is a process of its own, so that its memory can be watched.
 */
import { connect, type Socket } from 'node:net'
import { startBrokerProcess } from '../support/broker-process.ts'
import type { Mutant } from './mutant.ts'

const CONNECTIONS = 16
/** So many mutants that samsa parses stand before one that it refuses, which ends the connection. */
const BATCH = 32
/** A request may rightly be parked (a JoinGroup waits for members); the broker must then still answer others. */
const PARKED_MS = 2_000
const SILENCE_MS = 20_000
const MEMORY_LIMIT_BYTES = 1024 ** 3
/** An empty ApiVersions v0 request: the broker answers it as long as it lives. */
const PROBE = Buffer.from('0000000a0012000000000077ffff', 'hex')

interface Finding {
  good: boolean
  text: string
}

export async function attackBroker(
  mutants: readonly Mutant[],
  frames: number,
  random: (below: number) => number,
): Promise<Finding[]> {
  const broker = await startBrokerProcess(['--ephemeral', '--set', 'auto.create.topics.enable=false'])
  let left = frames
  let silences = 0
  let peakBytes = 0
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, broker.residentBytes())), 200)
  const attack = async () => {
    while (left > 0 && broker.exitCode() === null) {
      const batch = drawBatch(mutants, Math.min(BATCH, left), random)
      left -= batch.length
      if (await send(broker.port, batch, PARKED_MS)) continue
      if (!(await send(broker.port, [], SILENCE_MS))) silences++
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, attack))
  const answers = await send(broker.port, [], SILENCE_MS)
  clearInterval(watch)
  const exit = broker.exitCode()
  await broker.stop()
  const peak = `${Math.round(peakBytes / 1024 ** 2)} MiB`
  return [
    {
      good: exit === null && answers,
      text: `broker: ${frames} frames, ${exit === null ? 'still answers' : `exited ${exit}`}`,
    },
    { good: silences === 0, text: `broker: ${silences} times silent for ${SILENCE_MS / 1000} s` },
    { good: peakBytes < MEMORY_LIMIT_BYTES, text: `broker: resident memory at most ${peak}` },
  ]
}

/** Mutants up to the first that will be refused: what stood behind that one would never be handled. */
function drawBatch(mutants: readonly Mutant[], most: number, random: (below: number) => number): Buffer[] {
  const batch: Buffer[] = []
  while (batch.length < most) {
    const { frame, verdict } = mutants[random(mutants.length)]
    batch.push(frame)
    if (verdict !== 'accept') break
  }
  return batch
}

/** Sends frames, one behind the other; true when the broker then answered a probe or ended the connection in time. */
function send(port: number, frames: readonly Buffer[], timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1')
    const finish = (answered: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answered)
    }
    const timer = setTimeout(() => finish(false), timeoutMs)
    // A connection that the broker ends while we still write is an answer; one that is not accepted is none.
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNRESET' || error.code === 'EPIPE'))
    socket.on('close', () => finish(true))
    let tail = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      tail = Buffer.concat([tail, chunk])
      for (;;) {
        if (tail.length < 4 || tail.length < 4 + tail.readInt32BE(0)) return
        const correlationId = tail.length >= 8 ? tail.readInt32BE(4) : 0
        tail = tail.subarray(4 + tail.readInt32BE(0))
        if (correlationId === 0x77) return finish(true)
      }
    })
    for (const frame of frames) {
      const size = Buffer.alloc(4)
      size.writeInt32BE(frame.length)
      socket.write(size)
      socket.write(frame)
    }
    socket.write(PROBE)
  })
}
