/** WriteTxnMarkers as coordinators of other brokers send it: which epochs are taken, and how several markers are answered. */
import type { Scenario } from '../scenario.ts'
import { versionsOf } from '../session.ts'

const PARTITIONS = 2
/** Ids from here on are given by neither broker: one that each has given to another producer would stand for that one. */
const FIRST_ID = 1_000_000

const markers: Scenario = {
  name: 'markers: of other coordinators',
  quick: true,
  async run(session) {
    for (const version of versionsOf('WriteTxnMarkers')) {
      const topic = `markers-${version}`
      await session.createTopic(topic, PARTITIONS)
      const at = (...partitionIndexes: number[]) => [{ name: topic, partitionIndexes }]
      const marker = (producerId: number, topics: object[], more: object = {}) => {
        const base = { producerEpoch: 0, coordinatorEpoch: 0, transactionResult: true }
        return { ...base, producerId: BigInt(FIRST_ID + producerId), topics, ...more }
      }
      const ask = (label: string, ...all: object[]) =>
        session.send('WriteTxnMarkers', version, { markers: all }, { label })
      await ask('none')
      await ask('no partitions', marker(5, []))
      await ask('one, and one without partitions', marker(5, []), marker(6, at(0)))
      await ask('two producers', marker(1000, at(0)), marker(1, at(1)))
      await ask('a producer twice', marker(30, at(0)), marker(30, at(1)))
      await ask('a partition twice', marker(32, at(0)), marker(32, at(0), { producerEpoch: 1 }))
      await ask('a topic twice', marker(37, [...at(0), ...at(1)]))
      await ask('partitions that are not there', marker(33, [{ name: 'nope', partitionIndexes: [0] }, ...at(0, 7)]))
      for (const [producerEpoch, coordinatorEpoch] of [
        [5, 3],
        [4, 3],
        [5, 2],
        [6, 2],
        [6, 4],
        [6, -1],
      ]) {
        const epochs = { producerEpoch, coordinatorEpoch }
        await ask(`epochs ${producerEpoch}, ${coordinatorEpoch}`, marker(34, at(0), epochs))
      }
      for (const transactionVersion of [0, 2, 2, 3]) {
        await ask(`version ${transactionVersion}`, marker(41, at(0), { transactionVersion, producerEpoch: 32_767 }))
      }
      for (const partition of [0, 1]) {
        await ask('offsets', marker(39, [{ name: '__consumer_offsets', partitionIndexes: [partition] }]))
      }
      const partitions = Array.from({ length: PARTITIONS }, (_, index) => index)
      await session.send('DescribeProducers', 0, { topics: [{ name: topic, partitionIndexes: partitions }] })
      const asked = partitions.map((partitionIndex) => ({ partitionIndex, timestamp: -1n }))
      await session.send('ListOffsets', 6, { replicaId: -1, topics: [{ name: topic, partitions: asked }] })
    }
  },
}

export const markerScenarios: readonly Scenario[] = [markers]
