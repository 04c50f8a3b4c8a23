import t from 'tap'
import { Listeners } from '../../src/env/listeners.ts'

/** A listener that writes down what it hears. */
function writing(name: string, heard: string[]): (event: number) => void {
  return (event) => heard.push(`${name} ${event}`)
}

t.test('tells everybody in the order in which they came, until they leave', (t) => {
  const listeners = new Listeners<number>()
  const heard: string[] = []
  listeners.add(writing('a', heard))
  const leave = listeners.add(writing('b', heard))
  listeners.add(writing('c', heard))
  listeners.tell(1)
  t.equal(listeners.size, 3)
  t.ok(leave(), 'it had not left before')
  t.notOk(leave())
  t.equal(listeners.size, 2)
  listeners.tell(2)
  t.same(heard, ['a 1', 'b 1', 'c 1', 'a 2', 'c 2'])
  t.end()
})

t.test('whoever leaves while others are told is not told, and whoever comes then is told the next time', (t) => {
  const listeners = new Listeners<number>()
  const heard: string[] = []
  const leavers: (() => boolean)[] = []
  leavers.push(
    listeners.add((event) => {
      writing('a', heard)(event)
      for (const leave of leavers) leave()
      listeners.add(writing('d', heard))
    }),
    listeners.add(writing('b', heard)),
  )
  listeners.add(writing('c', heard))
  listeners.tell(1)
  t.same(heard, ['a 1', 'c 1'])
  listeners.tell(2)
  t.same(heard, ['a 1', 'c 1', 'c 2', 'd 2'])
  t.end()
})

t.test('one that tells inside of a telling leaves the places of the outer one as they are', (t) => {
  const listeners = new Listeners<number>()
  const heard: string[] = []
  const leaveA = listeners.add(writing('a', heard))
  const leaveB = listeners.add(writing('b', heard))
  listeners.add((event) => {
    if (event > 1) return
    leaveA()
    leaveB()
    listeners.tell(event + 1)
  })
  listeners.add(writing('c', heard))
  listeners.tell(1)
  t.same(heard, ['a 1', 'b 1', 'c 2', 'c 1'])
  t.end()
})

t.test('what a listener throws ends the telling, and nothing else', (t) => {
  const listeners = new Listeners<number>()
  const heard: string[] = []
  const leave = listeners.add(() => {
    throw new Error('of the listener')
  })
  listeners.add(writing('b', heard))
  t.throws(() => listeners.tell(1), { message: 'of the listener' })
  leave()
  listeners.tell(2)
  t.same(heard, ['b 2'])
  t.end()
})

t.test('many that come and go in any order', (t) => {
  const listeners = new Listeners<number>()
  const heard: number[] = []
  const here = new Map<number, () => boolean>()
  for (let i = 0; i < 10_000; i++) {
    here.set(
      i,
      listeners.add(() => heard.push(i)),
    )
    const gone = (i * 7919) % (i + 1)
    here.get(gone)?.()
    here.delete(gone)
  }
  t.equal(listeners.size, here.size)
  listeners.tell(0)
  t.same(heard, [...here.keys()])
  t.end()
})
