/** Aborted transactions, control records, positions inside of batches. */
import t from 'tap'
import { buildBatch } from '../../../protocol/records/build.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import { assignByRange } from '../../../src/client/consumer/classic-membership.ts'
import { fetchedRecords } from '../../../src/client/consumer/fetched-records.ts'

const batch = (baseOffset: number, values: readonly string[], producerId = -1, isTransactional = false) =>
  buildBatch(
    {
      baseOffset,
      producerId,
      producerEpoch: producerId < 0 ? -1 : 0,
      baseSequence: producerId < 0 ? -1 : 0,
      isTransactional,
    },
    values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 1 })),
  )
const marker = (baseOffset: number, producerId: number, type: 'ABORT' | 'COMMIT') =>
  buildEndTxnMarker({
    type: ControlRecordType[type],
    coordinatorEpoch: 0,
    producerId,
    producerEpoch: 0,
    timestampMs: 1,
    baseOffset,
  })
const read = (batches: Buffer[], position: number, aborted: { producerId: bigint; firstOffset: bigint }[] = []) => {
  const found = fetchedRecords({ topic: 't', partition: 0, records: Buffer.concat(batches), aborted }, position)
  return { values: found.records.map(({ value }) => value?.toString()), next: found.next }
}

t.test('records before the position are left out, and so is a batch that is torn', async (t) => {
  const whole = [batch(0, ['a', 'b', 'c']), batch(3, ['d'])]
  t.same(read(whole, 1), { values: ['b', 'c', 'd'], next: 4 })
  t.same(read([...whole, batch(4, ['e']).subarray(0, 65)], 3), { values: ['d'], next: 4 })
  t.same(read([], 9), { values: [], next: 9 })
})

t.test('transactions: aborted ones are not seen, and end at their marker', async (t) => {
  const log = [
    batch(0, ['aborted 1', 'aborted 2'], 1, true),
    batch(2, ['other'], 2, true),
    batch(3, ['plain']),
    marker(4, 1, 'ABORT'),
    batch(5, ['committed'], 1, true),
    marker(6, 1, 'COMMIT'),
    marker(7, 2, 'COMMIT'),
  ]
  t.same(read(log, 0, [{ producerId: 1n, firstOffset: 0n }]), { values: ['other', 'plain', 'committed'], next: 8 })
  t.same(read(log, 0).values.length, 5, 'who reads uncommitted records sees all but the markers')
  t.same(read(log, 1, [{ producerId: 1n, firstOffset: 0n }]).values, ['other', 'plain', 'committed'], 'from the middle')
})

t.test('range: neighbours, the first members one more', async (t) => {
  const partitions = ['a', 'b'].flatMap((topic) => [0, 1, 2].map((partition) => ({ topic, partition })))
  const member = (memberId: string, topics: string[], order = memberId) => ({ memberId, topics, order })
  const assigned = assignByRange([member('m2', ['a', 'b']), member('m1', ['a']), member('m3', [])], partitions)
  t.same(assigned.get('m1'), new Map([['a', [0, 1]]]))
  t.same(
    assigned.get('m2'),
    new Map([
      ['a', [2]],
      ['b', [0, 1, 2]],
    ]),
  )
  t.same(assigned.get('m3'), new Map(), 'who subscribes to nothing has nothing, and is told')
  const ordered = assignByRange([member('x', ['a'], 'static-2'), member('y', ['a'], 'static-1')], partitions)
  t.same(ordered.get('y')?.get('a'), [0, 1], 'by the instance id where there is one')
})
