import t from 'tap'
import { release, retain, SlabPool, slabChecks, slabOf } from '../../src/env/slab-pool.ts'

t.test('a slab is used again when nobody looks at any range of it', (t) => {
  const pool = new SlabPool(100)
  const first = pool.reserve(40)
  const second = pool.copy(Buffer.from('second'))
  t.equal(first.buffer, second.buffer)
  const other = pool.reserve(60)
  t.not(other.buffer, first.buffer, 'there was no room')
  release(first)
  retain(second)
  release(second)
  pool.reserve(60)
  t.not(pool.reserve(60).buffer, first.buffer, 'somebody still looks')
  t.equal(second.toString(), 'second')
  release(second)
  t.equal(pool.reserve(60).buffer, first.buffer)
  t.end()
})

t.test('the current slab starts over as soon as it is free', (t) => {
  const pool = new SlabPool(100)
  for (let i = 0; i < 5; i++) {
    const bytes = pool.reserve(70)
    t.equal(bytes.byteOffset, 0)
    release(bytes)
  }
  t.end()
})

t.test('a pool keeps so much for later, and gives up what nobody has needed for a long time', (t) => {
  const pool = new SlabPool(100, 300)
  const made = new Set<ArrayBufferLike>()
  const take = (count: number): Buffer[] =>
    Array.from({ length: count }, () => {
      const slab = pool.reserveSlab()
      made.add(slab.buffer)
      return slab
    })
  for (const slab of take(4)) release(slab)
  t.equal(made.size, 4)
  for (const slab of take(4)) release(slab)
  t.equal(made.size, 5, 'three of four were kept')
  for (let round = 0; round < 2048; round++) for (const slab of take(1)) release(slab)
  t.equal(made.size, 5)
  for (const slab of take(3)) release(slab)
  t.equal(made.size, 7, 'two of the three were not needed meanwhile')
  t.end()
})

t.test('what is larger than a slab, and what comes from elsewhere, is left to the collector', (t) => {
  const pool = new SlabPool(100)
  for (const bytes of [pool.reserve(101), Buffer.from('elsewhere')]) {
    t.equal(slabOf(bytes), undefined)
    retain(bytes)
    release(bytes)
    release(bytes)
  }
  t.end()
})

t.test('checks: what is freed is overwritten at once, and freed only once', (t) => {
  slabChecks.enabled = true
  t.teardown(() => {
    slabChecks.enabled = false
  })
  const pool = new SlabPool(100)
  const kept = pool.copy(Buffer.from('kept'))
  const freed = pool.copy(Buffer.from('freed'))
  release(freed)
  t.equal(kept.toString(), 'kept')
  t.equal(freed.toString('hex'), 'dbdbdbdbdb')
  t.throws(() => release(freed), /more often/)
  t.end()
})
