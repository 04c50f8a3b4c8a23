import fc from 'fast-check'
import t from 'tap'
import { LATEST, SnapshotRegistry, TimelineMap } from '../../../src/coordinator/runtime/timeline.ts'
import { InvariantError } from '../../../src/env/invariant.ts'
import { repetitions } from '../../support/repetitions.ts'

t.test('a snapshot shows what was, the present what is', async (t) => {
  const registry = new SnapshotRegistry()
  const map = new TimelineMap<string, number>(registry)
  map.set('kept', 1)
  map.set('changed', 1)
  map.set('deleted', 1)
  registry.snapshot(10)
  map.set('changed', 2)
  map.delete('deleted')
  map.set('added', 2)
  registry.snapshot(20)
  map.set('changed', 3)
  map.set('deleted', 3)

  const at = (epoch: number) => Object.fromEntries(map.entries(epoch))
  t.strictSame(at(10), { kept: 1, changed: 1, deleted: 1 })
  t.strictSame(at(20), { kept: 1, changed: 2, added: 2 })
  t.strictSame(at(LATEST), { kept: 1, changed: 3, deleted: 3, added: 2 })
  t.equal(map.get('added', 10), undefined)
  t.equal(map.get('deleted', 20), undefined)
})

t.test('reverting leaves no trace, and the snapshot can be reverted to again', async (t) => {
  const registry = new SnapshotRegistry()
  const map = new TimelineMap<string, number>(registry)
  map.set('x', 1)
  registry.snapshot(1)
  map.set('x', 2)
  registry.snapshot(2)
  map.delete('x')
  registry.revertTo(1)
  t.equal(map.get('x'), 1)
  map.set('x', 9)
  registry.revertTo(1)
  t.equal(map.get('x'), 1)
  t.throws(() => registry.snapshot(0), InvariantError)
  t.throws(() => registry.deleteUpTo(0), InvariantError)
  t.throws(() => map.get('x', 0), InvariantError)
  t.throws(() => registry.revertTo(0), InvariantError)
})

t.test('a map inside a map comes back whole', async (t) => {
  const registry = new SnapshotRegistry()
  const outer = new TimelineMap<string, TimelineMap<string, number>>(registry)
  const inner = new TimelineMap<string, number>(registry)
  inner.set('a', 1)
  outer.set('g', inner)
  registry.snapshot(5)
  inner.delete('a')
  outer.delete('g')
  const fresh = new TimelineMap<string, number>(registry)
  fresh.set('b', 2)
  outer.set('g', fresh)
  t.strictSame([...(outer.get('g', 5)?.entries(5) ?? [])], [['a', 1]])
  registry.revertTo(5)
  t.strictSame([...(outer.get('g')?.entries() ?? [])], [['a', 1]])
})

t.test('against a model: any sequence of changes, snapshots, reverts and deletions', async () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), fc.integer({ min: 0, max: 5 }), fc.nat(99)) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('delete' as const), fc.integer({ min: 0, max: 5 }), fc.nat(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('snapshot' as const), fc.nat(0), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('revert' as const), fc.nat(5), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('forget' as const), fc.nat(5), fc.nat(0)) },
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const registry = new SnapshotRegistry()
      const map = new TimelineMap<number, number>(registry)
      let present = new Map<number, number>()
      let snapshots: { epoch: number; state: Map<number, number> }[] = []
      let epoch = 0
      for (const [name, a, b] of commands) {
        if (name === 'set') {
          map.set(a, b)
          present.set(a, b)
        } else if (name === 'delete') {
          map.delete(a)
          present.delete(a)
        } else if (name === 'snapshot') {
          registry.snapshot(++epoch)
          snapshots.push({ epoch, state: new Map(present) })
        } else if (name === 'revert' && snapshots.length > 0) {
          const index = a % snapshots.length
          registry.revertTo(snapshots[index].epoch)
          present = new Map(snapshots[index].state)
          snapshots = snapshots.slice(0, index + 1)
        } else if (name === 'forget' && snapshots.length > 0) {
          const index = a % snapshots.length
          registry.deleteUpTo(snapshots[index].epoch)
          snapshots = snapshots.slice(index)
        }
        const sorted = (entries: Iterable<[number, number]>) => JSON.stringify([...entries].sort((x, y) => x[0] - y[0]))
        if (sorted(map.entries()) !== sorted(present)) return false
        for (const snapshot of snapshots) {
          if (sorted(map.entries(snapshot.epoch)) !== sorted(snapshot.state)) return false
          for (let key = 0; key < 6; key++) {
            if (map.get(key, snapshot.epoch) !== snapshot.state.get(key)) return false
          }
        }
      }
      return true
    }),
    { numRuns: repetitions(500) },
  )
})
