/** The share coordinator on a log and a clock that the test controls: what it writes, what it fences, what it forgets. */
import pino from 'pino'
import t from 'tap'
import { errorName } from '../../protocol/errors.ts'
import { compressionType } from '../../protocol/records/batch.ts'
import { decodeBatches } from '../../protocol/records/decode.ts'
import type { ShareCoordinatorConfig } from '../../src/coordinator/share/share-config.ts'
import { decodeShareState } from '../../src/coordinator/share/share-state.ts'
import { ShareCoordinator } from '../../src/coordinator/share-coordinator.ts'
import { MemoryLog } from './support/memory-log.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const KEY = { groupId: 'g', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 0 }
const OTHER = { ...KEY, partition: 1 }

const CONFIG: ShareCoordinatorConfig = {
  updatesPerSnapshot: 500,
  pruneIntervalMs: 300_000,
  coldSnapshotIntervalMs: 300_000,
  writeTimeoutMs: 5000,
  loadBufferBytes: 5_242_880,
  appendLingerMs: -1,
  compressionTypeId: 0,
}

class ShareBench {
  readonly clock = new VirtualClock()
  readonly log: MemoryLog
  readonly pruned: number[] = []
  readonly coordinator: ShareCoordinator

  private constructor(config: Partial<ShareCoordinatorConfig>, log: MemoryLog) {
    this.log = log
    this.coordinator = new ShareCoordinator({
      config: { ...CONFIG, ...config },
      log,
      environment: { clock: this.clock },
      logger: pino({ level: 'silent' }),
      partitionCount: () => 1,
      topics: { partitionCount: (topicId) => (topicId === KEY.topicId ? 2 : 0) },
      prune: async (_partition, offset) => void this.pruned.push(offset),
    })
  }

  static async start(config: Partial<ShareCoordinatorConfig> = {}, log = new MemoryLog()): Promise<ShareBench> {
    const bench = new ShareBench(config, log)
    bench.coordinator.onElection(0, 1)
    await bench.settle()
    return bench
  }

  async settle(ms = 0): Promise<void> {
    this.clock.advance(ms)
    for (let i = 0; i < 6; i++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      this.clock.advance(0)
    }
  }

  /** The name of the error of what the coordinator answers. */
  async ask(answer: Promise<{ errorCode: number }>): Promise<string> {
    await this.settle()
    return errorName((await answer).errorCode)
  }

  /** Each record as its type with the snapshot epoch, the start offset and how many batches it has. */
  records(): string[] {
    return this.log.batches.flatMap((bytes) =>
      decodeBatches(bytes).flatMap(({ records }) =>
        records.map(({ key, value }) => {
          const record = decodeShareState(key as Buffer, value)
          if (record?.value === null || record === null) return 'tombstone'
          const { snapshotEpoch, startOffset, batches } = record.value
          return `${record.type} ${snapshotEpoch} from ${startOffset} batches ${batches.length}`
        }),
      ),
    )
  }
}

const update = (startOffset: number, firstOffset: number, { leaderEpoch = 0, stateEpoch = 1 } = {}) => ({
  stateEpoch,
  leaderEpoch,
  startOffset,
  deliveryCompleteCount: 1,
  batches: [{ firstOffset, lastOffset: firstOffset, deliveryState: 2, deliveryCount: 1 }],
})

t.test('a state begins, changes, is read and ends', async (t) => {
  const bench = await ShareBench.start()
  const { coordinator } = bench
  t.equal(await bench.ask(coordinator.write(KEY, update(0, 5))), 'INVALID_REQUEST', 'it has not begun')
  t.equal(await bench.ask(coordinator.initialize(KEY, { stateEpoch: 1, startOffset: -1 })), 'NONE')
  t.equal(await bench.ask(coordinator.write(KEY, update(0, 5))), 'NONE')
  const read = coordinator.read(KEY, 0)
  await bench.settle()
  const batches = [{ firstOffset: 5, lastOffset: 5, deliveryState: 2, deliveryCount: 1 }]
  t.same(await read, { errorCode: 0, errorMessage: null, stateEpoch: 1, startOffset: 0, batches })
  t.equal(await bench.ask(coordinator.delete(KEY)), 'NONE')
  t.equal(await bench.ask(coordinator.read(KEY, 0)), 'INVALID_REQUEST')
  t.same(bench.records(), ['snapshot 0 from -1 batches 0', 'update 0 from 0 batches 1', 'tombstone'])
})

t.test('leaders and states of older epochs write nothing', async (t) => {
  const bench = await ShareBench.start()
  const { coordinator } = bench
  await bench.ask(coordinator.initialize(KEY, { stateEpoch: 3, startOffset: 0 }))
  t.equal(await bench.ask(coordinator.read(KEY, 7)), 'NONE')
  t.equal(
    await bench.ask(coordinator.write(KEY, update(0, 1, { leaderEpoch: 6, stateEpoch: 3 }))),
    'FENCED_LEADER_EPOCH',
  )
  t.equal(
    await bench.ask(coordinator.write(KEY, update(0, 1, { leaderEpoch: 7, stateEpoch: 2 }))),
    'FENCED_STATE_EPOCH',
  )
  t.equal(await bench.ask(coordinator.read(KEY, 6)), 'FENCED_LEADER_EPOCH')
  t.equal(await bench.ask(coordinator.write({ ...KEY, partition: -1 }, update(0, 1))), 'INVALID_REQUEST')
  t.equal(
    await bench.ask(coordinator.initialize({ ...KEY, partition: 2 }, { stateEpoch: 1, startOffset: 0 })),
    'UNKNOWN_TOPIC_OR_PARTITION',
  )
})

t.test('the next coordinator goes on where the last one stopped', async (t) => {
  const before = await ShareBench.start()
  await before.ask(before.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 }))
  for (const offset of [3, 4, 9]) await before.ask(before.coordinator.write(KEY, update(2, offset)))
  before.coordinator.stop()
  const after = await ShareBench.start({}, before.log)
  const read = after.coordinator.read(KEY, 0)
  await after.settle()
  const { batches, startOffset } = await read
  t.equal(startOffset, 2)
  t.same(
    batches.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
    [
      [3, 4],
      [9, 9],
    ],
  )
  const summary = await after.coordinator.readSummary(KEY)
  t.match(summary, { errorCode: 0, startOffset: 2, deliveryCompleteCount: 1, stateEpoch: 1 })
})

t.test('a start offset that is behind is kept from going back', async (t) => {
  const bench = await ShareBench.start()
  await bench.ask(bench.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 10 }))
  await bench.ask(bench.coordinator.write(KEY, update(5, 12)))
  t.equal((await bench.coordinator.readSummary(KEY)).startOffset, 10)
})

t.test('share.coordinator.state.topic.prune.interval.ms is how often records are forgotten', async (t) => {
  for (const [pruneIntervalMs, expected] of [
    [300_000, []],
    [60_000, [2]],
  ] as const) {
    const bench = await ShareBench.start({ pruneIntervalMs, updatesPerSnapshot: 1 })
    await bench.ask(bench.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 }))
    for (const offset of [3, 4]) await bench.ask(bench.coordinator.write(KEY, update(0, offset)))
    t.same(
      bench.records().map((record) => record.slice(0, 8)),
      ['snapshot', 'update 0', 'snapshot'],
    )
    for (let ms = 0; ms < 61_000; ms += 1000) await bench.settle(1000)
    t.same(bench.pruned, expected)
  }
})

t.test(
  'share.coordinator.cold.partition.snapshot.interval.ms is how old a state gets without a snapshot',
  async (t) => {
    for (const [coldSnapshotIntervalMs, count] of [
      [300_000, 2],
      [60_000, 4],
    ] as const) {
      const bench = await ShareBench.start({ coldSnapshotIntervalMs })
      await bench.ask(bench.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 }))
      await bench.ask(bench.coordinator.initialize(OTHER, { stateEpoch: 1, startOffset: 0 }))
      for (let ms = 0; ms < 61_000; ms += 1000) await bench.settle(1000)
      t.equal(bench.records().length, count)
    }
  },
)

t.test('share.coordinator.write.timeout.ms is how long a write waits for the followers', async (t) => {
  for (const [writeTimeoutMs, answered] of [
    [5000, false],
    [1000, true],
  ] as const) {
    const bench = await ShareBench.start({ writeTimeoutMs })
    bench.log.holdsHighWatermark = true
    let isAnswered = false
    void bench.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 }).then(({ errorCode }) => {
      isAnswered = errorName(errorCode) === 'COORDINATOR_NOT_AVAILABLE'
    })
    for (let ms = 0; ms < 2000; ms += 100) await bench.settle(100)
    t.equal(isAnswered, answered)
    bench.coordinator.stop()
  }
})

t.test('share.coordinator.append.linger.ms is how long records wait for others', async (t) => {
  for (const [appendLingerMs, count] of [
    [-1, 1],
    [500, 0],
  ] as const) {
    const bench = await ShareBench.start({ appendLingerMs })
    void bench.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 })
    await bench.settle()
    t.equal(bench.log.batches.length, count)
    bench.coordinator.stop()
  }
})

t.test('share.coordinator.state.topic.compression.codec is how its records are compressed', async (t) => {
  for (const compressionTypeId of [0, 1]) {
    const bench = await ShareBench.start({ compressionTypeId })
    await bench.ask(bench.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 }))
    t.equal(compressionType(bench.log.batches[0] as Buffer, 0), compressionTypeId)
  }
})

t.test('share.coordinator.load.buffer.size is how much is read at a time', async (t) => {
  const sizes: number[] = []
  const log = new (class extends MemoryLog {
    override read(topic: string, partition: number, fromOffset: number, ...rest: unknown[]) {
      sizes.push(Number(rest[0]))
      return super.read(topic, partition, fromOffset)
    }
  })()
  const before = await ShareBench.start({}, log)
  await before.ask(before.coordinator.initialize(KEY, { stateEpoch: 1, startOffset: 0 }))
  before.coordinator.stop()
  sizes.length = 0
  await ShareBench.start({ loadBufferBytes: 500 }, log)
  t.same([...new Set(sizes)], [500])
})
