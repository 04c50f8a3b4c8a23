import t from 'tap'
import { combineBatches, type StateBatch } from '../../src/coordinator/share/state-batches.ts'

const batch = (firstOffset: number, lastOffset: number, deliveryState: number, deliveryCount: number): StateBatch => {
  return { firstOffset, lastOffset, deliveryState, deliveryCount }
}

/** Cases of Apache's PersisterStateBatchCombinerTest, by what is known, what is added, where it starts, and what is left. */
const CASES: readonly (readonly [string, StateBatch[], StateBatch[], number, StateBatch[]])[] = [
  ['nothing', [], [], -1, []],
  ['the same twice', [batch(100, 110, 0, 1)], [batch(100, 110, 0, 1)], -1, [batch(100, 110, 0, 1)]],
  ['neighbours of one fate', [batch(100, 110, 0, 1)], [batch(111, 119, 0, 1)], -1, [batch(100, 119, 0, 1)]],
  [
    'neighbours of two',
    [batch(100, 110, 0, 1)],
    [batch(111, 119, 2, 1)],
    -1,
    [batch(100, 110, 0, 1), batch(111, 119, 2, 1)],
  ],
  ['a later fate', [batch(100, 110, 0, 1)], [batch(100, 110, 0, 2)], -1, [batch(100, 110, 0, 2)]],
  ['a fate from before', [batch(100, 110, 0, 3)], [batch(100, 110, 0, 1)], -1, [batch(100, 110, 0, 3)]],
  [
    'a later fate in the middle',
    [batch(100, 115, 0, 1)],
    [batch(105, 110, 2, 1)],
    -1,
    [batch(100, 104, 0, 1), batch(105, 110, 2, 1), batch(111, 115, 0, 1)],
  ],
  [
    'a longer one from before',
    [batch(100, 110, 0, 3)],
    [batch(100, 115, 0, 1)],
    -1,
    [batch(100, 110, 0, 3), batch(111, 115, 0, 1)],
  ],
  ['a longer one of a later fate', [batch(100, 110, 0, 1)], [batch(100, 115, 2, 1)], -1, [batch(100, 115, 2, 1)]],
  [
    'an end that overlaps',
    [batch(100, 110, 0, 1)],
    [batch(105, 120, 0, 2)],
    -1,
    [batch(100, 104, 0, 1), batch(105, 120, 0, 2)],
  ],
  ['a start inside', [batch(100, 130, 0, 1)], [], 120, [batch(120, 130, 0, 1)]],
  ['a start behind', [batch(100, 110, 0, 1)], [batch(150, 160, 0, 1)], 120, [batch(150, 160, 0, 1)]],
]

for (const [name, known, added, startOffset, expected] of CASES) {
  t.test(name, (t) => {
    t.same(combineBatches(known, added, startOffset), expected)
    t.end()
  })
}
