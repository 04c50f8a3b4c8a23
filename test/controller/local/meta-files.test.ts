/** Snapshots and the quorum's state in the bytes that Apache wrote: vectors/MetaFiles.json. */
import t from 'tap'
import { World } from '../../../proof/sim/world.ts'
import { readBatches } from '../../../src/controller/metadata-log/metadata-batch.ts'
import { decodeQuorumState, encodeQuorumState } from '../../../src/controller/metadata-log/quorum-state.ts'
import {
  listSnapshots,
  readSnapshot,
  snapshotFileName,
  writeSnapshot,
} from '../../../src/controller/metadata-log/snapshot-file.ts'
import {
  type QuorumImage,
  STATIC_QUORUM,
  strangerAmong,
  withControlRecord,
} from '../../../src/metadata/image/quorum-image.ts'
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
} from '../../../src/metadata/metadata-record.ts'
import { facts } from '../../support/facts.ts'

const files: { file: string; hex: string; decoded: Record<string, unknown> }[] = facts('vectors', 'MetaFiles.json')
/** After the version, an int16. */
const HEADER_TIMESTAMP_OFFSET = 2

/** A disk of its own, and time that passes when something is awaited. */
function disk() {
  const world = new World(1)
  const { environment } = world.spawn('node', () => {}).process
  return { files: environment.files, settle: <R>(promise: Promise<R>) => world.settle(promise) }
}

t.test('quorum-state, of both versions', (t) => {
  for (const { hex, decoded } of files.filter(({ file }) => file === 'quorum-state')) {
    const text = Buffer.from(hex, 'hex').toString()
    const state = decodeQuorumState(text)
    t.match(state, { leaderEpoch: decoded.leaderEpoch, leaderId: decoded.leaderId, dataVersion: decoded.data_version })
    t.equal(encodeQuorumState(state), text)
  }
  t.throws(() => decodeQuorumState('{"leaderEpoch":1,"data_version":2}'), /data_version 2/)
  t.end()
})

for (const { file, hex } of files.filter(({ file }) => file.endsWith('.checkpoint'))) {
  t.test(`${file} is read, and written to the same bytes`, async (t) => {
    const bytes = Buffer.from(hex, 'hex')
    const { files, settle } = disk()
    const batches = [...readBatches(bytes)]
    let quorum: QuorumImage = STATIC_QUORUM
    const records: MetadataRecord[] = []
    let lastContainedLogTimestampMs = 0
    for (const { controlType, value } of batches.flatMap((batch) => batch.records)) {
      if (controlType === null) records.push(decodeMetadataRecord(value))
      else quorum = withControlRecord(quorum, controlType, value)
      if (controlType === 3) lastContainedLogTimestampMs = Number(value.readBigInt64BE(HEADER_TIMESTAMP_OFFSET))
    }
    const { epoch, timestampMs } = batches[0]
    await settle(
      writeSnapshot(files, '/s.checkpoint', { epoch, timestampMs, lastContainedLogTimestampMs, quorum, records }),
    )
    t.equal((await settle(files.readFile('/s.checkpoint'))).toString('hex'), hex)
    t.equal((await settle(readSnapshot(files, '/s.checkpoint'))).length, batches.length)
    t.ok(records.every((record) => encodeMetadataRecord(record).length > 0))
  })
}

t.test('a snapshot without its end is refused with a sentence', async (t) => {
  const { files, settle } = disk()
  const content = { epoch: 1, timestampMs: 1, lastContainedLogTimestampMs: 1, quorum: STATIC_QUORUM, records: [] }
  const sizeBytes = await settle(writeSnapshot(files, '/s.checkpoint', content))
  const file = await settle(files.open('/s.checkpoint', 'write'))
  await settle(file.truncate(sizeBytes - 10))
  await t.rejects(settle(readSnapshot(files, '/s.checkpoint')), /end is missing/)
})

t.test('snapshots are listed oldest first; leftovers of unfinished ones are removed', async (t) => {
  const { files, settle } = disk()
  const content = { epoch: 1, timestampMs: 1, lastContainedLogTimestampMs: 1, quorum: STATIC_QUORUM, records: [] }
  const ids = [
    { offset: 30, epoch: 2 },
    { offset: 7, epoch: 1 },
  ]
  for (const id of ids) await settle(writeSnapshot(files, `/${snapshotFileName(id)}`, content))
  const leftover = '/00000000000000000099-0000000002.checkpoint'
  for (const suffix of ['.part', '.deleted']) await settle(files.open(`${leftover}${suffix}`, 'write'))
  t.same(await settle(listSnapshots(files, '/')), [ids[1], ids[0]])
  t.equal((await settle(files.readDirectory('/'))).length, 2)
})

t.test('the log of a quorum of several is told from our own', (t) => {
  const dynamic = files.filter(({ file }) => file.endsWith('-0000000012.checkpoint'))
  for (const { hex } of dynamic) {
    let quorum: QuorumImage = STATIC_QUORUM
    for (const { controlType, value } of [...readBatches(Buffer.from(hex, 'hex'))].flatMap(({ records }) => records)) {
      if (controlType !== null) quorum = withControlRecord(quorum, controlType, value)
    }
    t.equal(quorum.kraftVersion, 1)
    t.same([strangerAmong(quorum, 1), strangerAmong(quorum, 2)], [undefined, 1])
  }
  t.equal(dynamic.length, 1)
  t.end()
})
