import t from 'tap'
import { Deadlines } from '../../../src/coordinator/runtime/deadlines.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

t.test('deadlines fire in order, once, at their time', async (t) => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  const fired: string[] = []
  deadlines.schedule(3_000, () => fired.push('c'))
  deadlines.schedule(1_000, () => fired.push('a'))
  deadlines.schedule(2_000, () => fired.push('b'))
  clock.advance(999)
  t.strictSame(fired, [])
  clock.advance(1)
  t.strictSame(fired, ['a'])
  clock.advance(5_000)
  t.strictSame(fired, ['a', 'b', 'c'])
  t.equal(clock.timerCount, 0, 'nothing ticks when nothing waits')
})

t.test('a deadline moves in both directions and can be cancelled', async (t) => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  const fired: string[] = []
  const later = deadlines.schedule(1_000, () => fired.push('later'))
  const sooner = deadlines.schedule(300_000, () => fired.push('sooner'))
  const never = deadlines.schedule(1_000, () => fired.push('never'))
  clock.advance(900)
  later.reset(6_000)
  sooner.reset(2_000)
  never.cancel()
  clock.advance(2_000)
  t.strictSame(fired, ['sooner'])
  clock.advance(4_000)
  t.strictSame(fired, ['sooner', 'later'])
  later.reset(10)
  clock.advance(400_000)
  t.strictSame(fired, ['sooner', 'later'], 'what has fired stays silent')
})

t.test('I/O that is ready is handled before a deadline is judged', async (t) => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  let isExpired = false
  const session = deadlines.schedule(500, () => {
    isExpired = true
  })
  // 100 ms late: too little to count as a stall, and the heartbeat has been in the socket for long.
  clock.stall(600, () => session.reset(500))
  t.equal(isExpired, false)
  clock.advance(499)
  t.equal(isExpired, false)
  clock.advance(1)
  t.equal(isExpired, true)
})

t.test('time in which the process stood still counts for nobody', async (t) => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  let isExpired = false
  deadlines.schedule(6_000, () => {
    isExpired = true
  })
  clock.advance(4_000)
  clock.stall(60_000)
  t.equal(isExpired, false, 'clients have to reconnect first')
  clock.advance(1_400)
  t.equal(isExpired, false)
  clock.advance(601)
  t.equal(isExpired, true, 'one that is really gone still is')
})

t.test('many deadlines, moved all the time, fire exactly when their last time has come', async (t) => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  const due = new Map<number, number>()
  let wrong = 0
  let seed = 42
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return seed % below
  }
  const handles = Array.from({ length: 500 }, (_, id) => {
    const delayMs = 1 + random(5_000)
    due.set(id, delayMs)
    return deadlines.schedule(delayMs, () => {
      if (due.get(id) !== clock.monotonicMs()) wrong++
      due.delete(id)
    })
  })
  for (let step = 0; step < 2_000; step++) {
    clock.advance(1)
    const id = random(500)
    if (!due.has(id)) continue
    const delayMs = 1 + random(5_000)
    due.set(id, clock.monotonicMs() + delayMs)
    handles[id].reset(delayMs)
  }
  clock.advance(6_000)
  t.equal(due.size, 0)
  t.equal(wrong, 0)
})
