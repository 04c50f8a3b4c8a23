import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { Tool } from '../../scripts/toolchain/lookup.ts'
import type { Line } from './text.ts'

export interface Feed {
  /** Lines handed to kcat so far. */
  readonly fed: number
  /** Lines that the broker acknowledged, by kcat's delivery reports. */
  readonly acknowledged: number
  /** Resolves when kcat has ended; rejects when a line was not delivered. */
  readonly done: Promise<void>
}

const portion = 1_000

/** Pipes the lines through one kcat as an idempotent producer, spread over about `durationMs`. */
export function feedThroughKcat(
  kcat: Tool,
  bootstrapServers: string,
  topic: string,
  lines: readonly Line[],
  durationMs: number,
): Feed {
  const settings = ['enable.idempotence=true', 'acks=all', 'linger.ms=20', 'batch.num.messages=500']
  // -vv makes kcat report each delivery on its standard error; with -E it outlives that its only broker is away.
  const args = ['-b', bootstrapServers, '-P', '-t', topic, '-K', '\t', '-vv', '-E']
  const child = spawn(kcat.path, [...args, ...settings.flatMap((setting) => ['-X', setting])], {
    env: { ...process.env, ...kcat.env },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const failures: string[] = []
  const feed = { fed: 0, acknowledged: 0, done: Promise.resolve() }
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('Message delivered')) feed.acknowledged++
    else if (line.includes('Delivery failed')) failures.push(line)
  })
  const ended = once(child, 'close')
  const gone = new AbortController()
  child.on('close', () => gone.abort(new Error('kcat ended before it had read everything')))
  child.stdin.on('error', (error) => gone.abort(error))
  const pump = async () => {
    for (let first = 0; first < lines.length; first += portion) {
      const chunk = lines.slice(first, first + portion)
      const text = chunk.map(({ key, value }) => `${key}\t${value}\n`).join('')
      gone.signal.throwIfAborted()
      if (!child.stdin.write(text)) await once(child.stdin, 'drain', { signal: gone.signal })
      feed.fed += chunk.length
      await delay((durationMs * chunk.length) / lines.length)
    }
    child.stdin.end()
    const [exitCode] = await ended
    if (exitCode !== 0 || failures.length > 0)
      throw new Error(`kcat ended with ${exitCode}: ${failures.slice(-3).join('; ')}`)
  }
  feed.done = pump()
  // A failure is heard by those who wait for `done`; until somebody does, it must not end the process.
  feed.done.catch(() => {})
  return feed
}
