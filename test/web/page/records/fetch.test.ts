/** Records as they lie in the log, and what of them a consumer with `read_committed` is given. */
import t from 'tap'
import { buildBatch } from '../../../../protocol/records/build.ts'
import { unchecked } from '../../../../protocol/unchecked.ts'
import type { BrokerCalls } from '../../../../src/web/page/broker-calls.ts'
import { fetchRecords } from '../../../../src/web/page/records/fetch.ts'

const record = (text: string) => [{ key: null, value: Buffer.from(text), timestamp: 1 }]
const inTransaction = (producerId: number) => ({ producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true })
/** The key of a control record: its version, and its type, 0 for ABORT and 1 for COMMIT. */
const marker = (type: number) => [{ key: Buffer.from([0, 0, 0, type]), value: Buffer.alloc(6), timestamp: 1 }]

/** Producer 1 commits, producer 2 aborts, and producer 3 is not done: the last stable offset is 5. */
const STABLE = Buffer.concat([
  buildBatch({ baseOffset: 0 }, record('alone')),
  buildBatch({ baseOffset: 1, ...inTransaction(1) }, record('paid')),
  buildBatch({ baseOffset: 2, ...inTransaction(2) }, record('never paid')),
  buildBatch({ baseOffset: 3, producerId: 2, producerEpoch: 0, isTransactional: true, isControl: true }, marker(0)),
  buildBatch({ baseOffset: 4, producerId: 1, producerEpoch: 0, isTransactional: true, isControl: true }, marker(1)),
])
const OPEN = buildBatch({ baseOffset: 5, ...inTransaction(3) }, record('perhaps paid'))

/** A leader with this partition: a fetch of committed records ends at the last stable offset. */
const calls: BrokerCalls = {
  async call(_, fields) {
    const { isolationLevel, topics } = unchecked<{
      isolationLevel: number
      topics: { partitions: { fetchOffset: bigint }[] }[]
    }>(fields)
    const isBefore = topics[0]!.partitions[0]!.fetchOffset < 5n
    const records = isBefore ? STABLE : isolationLevel === 1 ? Buffer.alloc(0) : OPEN
    const abortedTransactions = isolationLevel === 1 ? [{ producerId: 2n, firstOffset: 2n }] : null
    const partitions = [{ partitionIndex: 0, errorCode: 0, records, abortedTransactions }]
    return unchecked({ responses: [{ partitions }] })
  },
}

async function read(at: number, committedOnly: boolean) {
  const [fetched] = await fetchRecords(calls, { topic: 'payments', from: new Map([[0, at]]), committedOnly })
  const { records, next } = fetched!
  return { next, records: records.map(({ kind, record }) => [Number(record.offset), kind]) }
}

t.test('all that lies in the log is read, each with its kind', async (t) => {
  t.same(await read(0, false), {
    next: 5,
    records: [
      [0, 'record'],
      [1, 'record'],
      [2, 'aborted'],
      [3, 'control'],
      [4, 'control'],
    ],
  })
  t.same(await read(5, false), { next: 6, records: [[5, 'open']] })
})

t.test(
  'committed only: what was aborted, markers and what is open are left out, and reading goes on behind them',
  async (t) => {
    t.same(await read(0, true), {
      next: 5,
      records: [
        [0, 'record'],
        [1, 'record'],
      ],
    })
    t.same(await read(5, true), { next: 5, records: [] })
  },
)
