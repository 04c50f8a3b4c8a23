import t from 'tap'
import type { Clock } from '../../../src/env/index.ts'
import { AppendTurns } from '../../../src/log/append/append-turns.ts'

/** A loop in a test's hand: each call of `turn` is one turn of it. */
function loop() {
  let deferred: (() => void)[] = []
  const clock = { defer: (fn: () => void) => void deferred.push(fn) } as Clock
  const turn = (): number => {
    const now = deferred
    deferred = []
    for (const fn of now) fn()
    return now.length
  }
  return { turns: new AppendTurns(clock), turn }
}

t.test('all that are added before a turn run in it, in their order, as one call of the loop', async (t) => {
  const { turns, turn } = loop()
  const seen: number[] = []
  for (const log of [1, 2, 3]) turns.add(() => seen.push(log))
  t.same(seen, [], 'not before the turn')
  t.equal(turn(), 1)
  t.same(seen, [1, 2, 3])
  t.equal(turn(), 0)
})

t.test('one that is added while others run waits for the next turn', async (t) => {
  const { turns, turn } = loop()
  const seen: string[] = []
  turns.add(() => {
    seen.push('first')
    turns.add(() => seen.push('again'))
  })
  turn()
  t.same(seen, ['first'])
  turn()
  t.same(seen, ['first', 'again'])
})

t.test('a turn takes so many and no more: the others go on after the sockets had theirs', async (t) => {
  const { turns, turn } = loop()
  let written = 0
  for (let log = 0; log < 150; log++) turns.add(() => void written++)
  const after: number[] = []
  for (let count = 0; count < 3; count++) {
    turn()
    after.push(written)
  }
  t.same(after, [64, 128, 150])
})
