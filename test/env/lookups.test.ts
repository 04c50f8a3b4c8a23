import t from 'tap'
import type { Clock } from '../../src/env/index.ts'
import { Lookups } from '../../src/env/node/lookups.ts'

let nowMs: number
const clock = { monotonicMs: () => nowMs } as Clock

/** Where each of `durationsMs` ran; one that runs in the loop takes that long. */
async function run(lookups: Lookups, durationsMs: readonly number[]): Promise<string[]> {
  const where: string[] = []
  for (const durationMs of durationsMs) {
    const inline = () => {
      nowMs += durationMs
      return 'loop'
    }
    where.push(await lookups.run('try', '/file', inline, async () => 'pool'))
  }
  return where
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

t.beforeEach(() => {
  nowMs = 1_000_000
})

t.test('what is in memory is looked up in the loop', async (t) => {
  t.strictSame(await run(new Lookups(clock), times(1000, 0.01)), times(1000, 'loop'))
})

t.test('a slow one now and then is forgiven', async (t) => {
  const durations = Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 1 : 0.01))
  t.strictSame(await run(new Lookups(clock), durations), times(1000, 'loop'))
})

t.test('a cold disk sends them to the pool for a while, and sooner the next time', async (t) => {
  const lookups = new Lookups(clock)
  t.strictSame(await run(lookups, times(10, 1)), [...times(8, 'loop'), 'pool', 'pool'])
  nowMs += 250
  t.strictSame(await run(lookups, times(6, 1)), [...times(4, 'loop'), 'pool', 'pool'])
  nowMs += 250
  t.strictSame(await run(lookups, times(100, 0.01)), times(100, 'loop'))
})

t.test('two that hold up the loop are enough', async (t) => {
  t.strictSame(await run(new Lookups(clock), [20, 20, 20]), ['loop', 'loop', 'pool'])
})

t.test('a failure is one of the file system, wherever it comes from', async (t) => {
  const fail = (): never => {
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
  }
  const lookups = new Lookups(clock)
  await t.rejects(lookups.run('read', '/file', fail, fail), {
    code: 'EIO',
    message: 'cannot read /file: i/o error (EIO)',
  })
  await run(lookups, [20, 20])
  await t.rejects(
    lookups.run(
      'read',
      '/file',
      () => '',
      async () => fail(),
    ),
    { code: 'EIO', message: 'cannot read /file: i/o error (EIO)' },
  )
})
