import fc from 'fast-check'
import t from 'tap'
import { PersistentMap } from '../../src/metadata/image/persistent-map.ts'

/** These two have the same 32-bit hash: found by trying names. */
function collidingKeys(): [string, string] {
  const seen = new Map<number, string>()
  for (let i = 0; ; i++) {
    const key = `topic-${i.toString(36)}`
    const hash = hashOf(key)
    const other = seen.get(hash)
    if (other !== undefined) return [other, key]
    seen.set(hash, key)
  }
}

/** FNV-1a as the map has it. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

const [left, right] = collidingKeys()
const keys = fc.oneof(
  fc.constantFrom(left, right, '', 'a', '__consumer_offsets'),
  fc.integer({ min: 0, max: 200 }).map((n) => `topic-${n}`),
)
const changes = fc.array(fc.record({ key: keys, value: fc.option(fc.integer(), { nil: undefined }) }), {
  maxLength: 300,
})

t.test('does what a Map does', (t) => {
  fc.assert(
    fc.property(changes, (steps) => {
      const model = new Map<string, number>()
      let map = PersistentMap.empty<number>()
      for (const { key, value } of steps) {
        if (value === undefined) model.delete(key)
        else model.set(key, value)
        map = value === undefined ? map.delete(key) : map.set(key, value)
      }
      return map.size === model.size && JSON.stringify([...map].sort()) === JSON.stringify([...model].sort())
    }),
  )
  t.end()
})

t.test('older maps stay as they were', (t) => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const before = PersistentMap.empty<number>().change((builder) => {
        for (const { key, value } of first) if (value !== undefined) builder.set(key, value)
      })
      const content = JSON.stringify([...before])
      before.change((builder) => {
        for (const { key, value } of second) {
          if (value === undefined) builder.delete(key)
          else builder.set(key, value)
        }
      })
      return JSON.stringify([...before]) === content
    }),
  )
  t.end()
})

t.test('keys of one hash live side by side', (t) => {
  const both = PersistentMap.empty<number>().set(left, 1).set(right, 2)
  t.same([both.get(left), both.get(right), both.size], [1, 2, 2])
  const one = both.delete(left)
  t.same([one.get(left), one.get(right), one.size], [undefined, 2, 1])
  t.equal(both.set(left, 3).get(left), 3)
  t.end()
})
