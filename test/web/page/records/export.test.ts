/** The export of a topic that cannot be read to its end. */
import t from 'tap'
import { ErrorCode } from '../../../../protocol/errors.ts'
import { buildBatch } from '../../../../protocol/records/build.ts'
import { unchecked } from '../../../../protocol/unchecked.ts'
import type { BrokerCalls } from '../../../../src/web/page/broker-calls.ts'
import { exportRecords } from '../../../../src/web/page/records/export.ts'

const FIRST = buildBatch({ baseOffset: 0 }, [{ key: null, value: Buffer.from('first'), timestamp: 1 }])

/** A partition with the offsets 0 and 1, whose leader is gone after the first fetch. */
const calls: BrokerCalls = {
  async call(api, fields) {
    if (api === 'ListOffsets') {
      const { topics } = unchecked<{ topics: { partitions: { timestamp: bigint }[] }[] }>(fields)
      const offset = topics[0]!.partitions[0]!.timestamp === -1n ? 2n : 0n
      return unchecked({
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0, offset, timestamp: -1n }] }],
      })
    }
    const { topics } = unchecked<{ topics: { partitions: { fetchOffset: bigint }[] }[] }>(fields)
    const isFirst = topics[0]!.partitions[0]!.fetchOffset === 0n
    const errorCode = isFirst ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER
    const partition = { partitionIndex: 0, errorCode, records: isFirst ? FIRST : null, abortedTransactions: null }
    return unchecked({ responses: [{ partitions: [partition] }] })
  },
}

t.test('an export that cannot go on fails, and does not look like a whole one', async (t) => {
  const lines = exportRecords(calls, { topic: 'orders', partitions: [0], committedOnly: false })
  t.match(JSON.parse(String((await lines.next()).value)), { partition: 0, offset: 0, value: 'first' })
  await t.rejects(lines.next(), { message: 'orders-0 could not be read on at 1: NOT_LEADER_OR_FOLLOWER' })
})
