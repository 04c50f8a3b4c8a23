/** Where an observer's log is, as Apache's own tests of RaftLog.validateOffsetAndEpoch have it. */
import t from 'tap'
import { type LeaderLog, type LogPosition, positionOf } from '../../../src/controller/serving/log-position.ts'

interface Shape {
  /** Epochs and how many records each has, behind the snapshot. */
  readonly epochs: readonly (readonly [epoch: number, records: number])[]
  readonly snapshot?: { readonly offset: number; readonly epoch: number }
  /** false: the records before the snapshot are still there. */
  readonly isCut?: boolean
}

function logOf({ epochs, snapshot, isCut = true }: Shape): LeaderLog {
  const startOffset = isCut ? (snapshot?.offset ?? 0) : 0
  const starts: { epoch: number; start: number }[] = []
  let end = startOffset
  for (const [epoch, records] of epochs) {
    starts.push({ epoch, start: end })
    end += records
  }
  return {
    startOffset,
    endOffset: end,
    latestEpoch: starts.at(-1)?.epoch ?? snapshot?.epoch ?? 0,
    snapshots: snapshot === undefined ? [] : [snapshot],
    // LeaderEpochFileCache.endOffsetFor.
    endOffsetForEpoch: (epoch) => {
      const higher = starts.find((each) => each.epoch > epoch)
      const floor = starts.findLast((each) => each.epoch <= epoch)
      if (floor?.epoch === epoch) return { epoch, endOffset: higher?.start ?? end }
      if (higher === undefined) return null
      return { epoch: floor?.epoch ?? epoch, endOffset: higher.start }
    },
  }
}

const VALID: LogPosition = { kind: 'valid' }
const diverging = (endOffset: number, epoch: number): LogPosition => ({ kind: 'diverging', endOffset, epoch })
const snapshotAt = (offset: number, epoch: number): LogPosition => ({ kind: 'snapshot', id: { offset, epoch } })

const cases: [name: string, log: Shape, at: [offset: number, epoch: number], expected: LogPosition][] = [
  ['an epoch greater than the last known one', { epochs: [[1, 1]] }, [1, 2], diverging(1, 1)],
  [
    'an epoch less than the oldest snapshot',
    { epochs: [[1, 10]], snapshot: { offset: 10, epoch: 1 }, isCut: false },
    [10, 0],
    snapshotAt(10, 1),
  ],
  [
    'an offset less than the oldest snapshot',
    { epochs: [], snapshot: { offset: 2, epoch: 1 } },
    [1, 1],
    snapshotAt(2, 1),
  ],
  [
    'the offset of the oldest snapshot',
    { epochs: [[1, 2]], snapshot: { offset: 2, epoch: 1 }, isCut: false },
    [2, 1],
    VALID,
  ],
  [
    'an unknown epoch between known ones',
    {
      epochs: [
        [1, 5],
        [2, 5],
        [4, 5],
      ],
      snapshot: { offset: 10, epoch: 1 },
    },
    [100, 3],
    diverging(20, 2),
  ],
  [
    'an epoch before the first one of the log',
    { epochs: [[3, 5]], snapshot: { offset: 10, epoch: 1 } },
    [100, 2],
    diverging(10, 1),
  ],
  ['an offset greater than the end', { epochs: [[1, 1]] }, [2, 1], diverging(1, 1)],
  [
    'an offset behind the end of its epoch',
    {
      epochs: [
        [1, 10],
        [2, 10],
      ],
    },
    [11, 1],
    diverging(10, 1),
  ],
  ['an offset within its epoch', { epochs: [[1, 5]] }, [4, 1], VALID],
  ['nothing, of a log without snapshots', { epochs: [[1, 5]] }, [0, 0], VALID],
  [
    'nothing, of a log with one: the snapshot is quicker',
    { epochs: [[1, 5]], snapshot: { offset: 3, epoch: 1 }, isCut: false },
    [0, 0],
    snapshotAt(3, 1),
  ],
]

for (const [name, log, [offset, epoch], expected] of cases) {
  t.test(name, async (t) => {
    const position = positionOf(logOf(log), offset, epoch)
    // An epoch that the log does not have at all may be named as it was asked for: the observer looks below it.
    t.same(position, expected)
  })
}
