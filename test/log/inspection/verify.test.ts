/** Findings of `verify` against what a start then does, and against directories of which Apache made every byte. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { append, CRASHED, openLog, quiet, records, temporaryDirectory } from '../../../proof/log/support.ts'
import type { LogDirVector } from '../../../scripts/vectors/log-dirs.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { createLogContext } from '../../../src/log/create-log-context.ts'
import type { Finding } from '../../../src/log/inspection/finding.ts'
import { compareDirectories, verifyDirectory } from '../../../src/log/inspection/verify-directory.ts'
import { type CheckpointedOffsets, verifyLog } from '../../../src/log/inspection/verify-log.ts'
import { facts } from '../../support/facts.ts'

const context = createLogContext(nodeEnvironment(), quiet)
const CLEANLY_STOPPED: CheckpointedOffsets = {
  hadCleanShutdown: true,
  recoveryPoint: null,
  logStartOffset: null,
  highWatermark: null,
}
const KILLED: CheckpointedOffsets = { ...CLEANLY_STOPPED, hadCleanShutdown: false, recoveryPoint: 0 }

async function check(directory: string, offsets: CheckpointedOffsets) {
  const findings: Finding[] = []
  const found = (finding: Finding) => void findings.push(finding)
  const log = await verifyLog({ context, found, progress: () => {} }, directory, offsets)
  await context.openFiles.closeAll()
  const place = ({ severity, path, position, problem }: Finding) =>
    `${severity} ${path.slice(directory.length + 1)}${position === null ? '' : `@${position}`}: ${problem}`
  return { log, findings, lines: findings.map(place) }
}

const FIRST = `${'0'.repeat(20)}.log`

function changed(path: string, change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(path)
  writeFileSync(path, change(bytes) ?? bytes)
}

/** Segments with indexes, of batches of 81 bytes with two records; by the names of their files. */
const BATCH_BYTES = 81
const segments = new Map<string, Buffer>()

t.before(async () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'samsa-verify-')), 'a-0')
  const log = await openLog({ directory, config: { segmentBytes: 800, indexIntervalBytes: 200 } })
  for (let i = 10; i < 40; i++) await append(log, records([`a${i}`, `b${i}`], {}, 1_700_000_000_000 + 10 * i))
  await log.close()
  for (const name of readdirSync(directory)) segments.set(name, readFileSync(join(directory, name)))
  rmSync(dirname(directory), { recursive: true })
})

function writeSegments(directory: string): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, bytes] of segments) writeFileSync(join(directory, name), bytes)
}

t.test("Apache's own directories are sound", async (t) => {
  const root = temporaryDirectory(t)
  for (const vector of facts('vectors/LogDirs.json') as LogDirVector[]) {
    const directory = join(root, vector.name, vector.directory)
    mkdirSync(directory, { recursive: true })
    for (const [name, hex] of Object.entries(vector.files))
      writeFileSync(join(directory, name), Buffer.from(hex, 'hex'))
    for (const offsets of [CLEANLY_STOPPED, KILLED]) {
      const { log, lines } = await check(directory, offsets)
      t.equal(log.endOffset, Number(vector.logEndOffset), vector.name)
      // Apache leaves it for the next start as well: its log was cut back to before this snapshot's segment.
      const expected =
        vector.name === 'truncated' ? [`repair ${'7'.padStart(20, '0')}.snapshot: belongs to no segment`] : []
      t.same(lines, expected, vector.name)
    }
  }
})

t.test('a torn tail is cut after a crash, and is damage after a clean stop', async (t) => {
  const directory = join(temporaryDirectory(t), 'a-0')
  writeSegments(directory)
  const last = readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!
  changed(join(directory, last), (bytes) => bytes.subarray(0, -5))
  const torn = 'the file ends inside a batch: its last 76 bytes are the beginning of one'
  const killed = await check(directory, KILLED)
  t.match(killed.findings[0], {
    path: join(directory, last),
    position: 2 * BATCH_BYTES,
    problem: torn,
    remedy: 'the next start cuts what is torn, so that it ends at offset 58',
  })
  const stopped = await check(directory, CLEANLY_STOPPED)
  t.match(stopped.findings, [{ severity: 'damage', problem: torn }, { problem: "is beyond the log's end at 58" }])
  const log = await openLog({ directory, offsets: CRASHED })
  t.equal(log.logEndOffset, 58)
  await log.close()
  t.same((await check(directory, CLEANLY_STOPPED)).lines, [])
})

t.test('a flipped bit: cut behind the recovery point, left and reported before it', async (t) => {
  const directory = join(temporaryDirectory(t), 'a-0')
  writeSegments(directory)
  changed(join(directory, FIRST), (bytes) => void (bytes[BATCH_BYTES + 70] ^= 4))
  const killed = await check(directory, KILLED)
  t.match(killed.findings, [
    {
      severity: 'repair',
      position: BATCH_BYTES,
      problem: /Record is corrupt \(stored crc/,
      remedy: /ends at offset 2, and deletes the segments after it$/,
    },
  ])
  const durable = await check(directory, { ...KILLED, recoveryPoint: 60 })
  t.match(durable.findings, [
    { severity: 'damage', position: BATCH_BYTES, remedy: /^it was durable, so nothing is cut/ },
  ])
})

t.test('bytes that are no batch, and a length that no batch has', async (t) => {
  for (const [change, problem] of [
    [(bytes: Buffer) => void (bytes[BATCH_BYTES + 16] = 9), /^Invalid magic found in record: 9: no batch begins here/],
    [(bytes: Buffer) => void bytes.writeInt32BE(5, BATCH_BYTES + 8), /^Record size 5 is less than the minimum/],
    [(bytes: Buffer) => void bytes.writeInt32BE(2 ** 30, BATCH_BYTES + 8), /is beyond any batch/],
  ] as const) {
    const directory = join(temporaryDirectory(t), 'a-0')
    writeSegments(directory)
    changed(join(directory, FIRST), change)
    t.match((await check(directory, KILLED)).findings, [{ severity: 'repair', position: BATCH_BYTES, problem }])
  }
})

t.test('indexes that do not fit their segment', async (t) => {
  for (const [kind, position, change] of [
    ['index', 0, (bytes: Buffer) => void bytes.writeInt32BE(76, 4)],
    ['index', 0, (bytes: Buffer) => void bytes.writeInt32BE(6, 0)],
    ['index', 8, (bytes: Buffer) => void bytes.writeInt32BE(1, 8)],
    ['timeindex', 0, (bytes: Buffer) => void (bytes[7] ^= 1)],
    ['timeindex', 12, (bytes: Buffer) => void bytes.writeInt32BE(10_000, 8)],
  ] as const) {
    const directory = join(temporaryDirectory(t), 'a-0')
    writeSegments(directory)
    const name = `${'0'.repeat(20)}.${kind}`
    changed(join(directory, name), change)
    t.match((await check(directory, CLEANLY_STOPPED)).lines, [`damage ${name}@${position}: `], `${change}`)
    t.match((await check(directory, KILLED)).lines, [`repair ${name}@${position}: `], 'rebuilt after a crash')
  }
})

t.test('zeros behind the entries of an index are how Apache preallocates it', async (t) => {
  const directory = join(temporaryDirectory(t), 'a-0')
  writeSegments(directory)
  changed(join(directory, `${'0'.repeat(20)}.index`), (bytes) => Buffer.concat([bytes, Buffer.alloc(1_000)]))
  t.same((await check(directory, CLEANLY_STOPPED)).lines, [])
})

t.test('what interrupted work has left, and files that are missing or malformed', async (t) => {
  const directory = join(temporaryDirectory(t), 'a-0')
  writeSegments(directory)
  const zero = '0'.repeat(20)
  for (const name of [
    `${zero}.log.deleted`,
    `${zero}.log.cleaned`,
    `${zero}.index.swap`,
    `${'9'.padStart(20, '0')}.index`,
  ]) {
    writeFileSync(join(directory, name), '')
  }
  writeFileSync(join(directory, `${'99'.padStart(20, '0')}.snapshot`), 'x')
  writeFileSync(join(directory, 'partition.metadata'), 'version: 7\n')
  writeFileSync(join(directory, 'leader-epoch-checkpoint'), '0\n2\n0 0\n')
  const { lines } = await check(directory, CLEANLY_STOPPED)
  t.same(lines.sort(), [
    `repair ${zero}.index.swap: is of a compaction that had yet to replace the segments it was made of`,
    `repair ${zero}.log.cleaned: is left of a compaction that did not end`,
    `repair ${zero}.log.deleted: waits for its deletion`,
    'repair 00000000000000000009.index: belongs to a segment that is not there',
    "repair 00000000000000000099.snapshot: is beyond the log's end at 60",
    'repair 00000000000000000099.snapshot: is damaged: The producer snapshot is cut short',
    'repair leader-epoch-checkpoint: announces 2 entries and has 1',
    'repair partition.metadata: has no version and topic_id line',
  ])
})

t.test('checkpoints that say more than the files have', async (t) => {
  const directory = join(temporaryDirectory(t), 'a-0')
  writeSegments(directory)
  const problems = async (offsets: Partial<CheckpointedOffsets>) =>
    (await check(directory, { ...CLEANLY_STOPPED, ...offsets })).findings.map(
      ({ severity, problem }) => `${severity} ${problem}`,
    )
  t.match(await problems({ logStartOffset: 61 }), [/^damage ends at offset 60, before its log start offset 61/])
  t.match(await problems({ recoveryPoint: 61 }), [/^damage ends at offset 60, though everything before 61 was durable/])
  t.match(await problems({ highWatermark: 61 }), [/^repair ends at offset 60, before its high watermark 61/])
  t.same(await problems({ logStartOffset: 60, recoveryPoint: 60, highWatermark: 60 }), [])
})

t.test(
  'whatever happens behind the recovery point, a start does as was said, and nothing is left to find',
  async (t) => {
    let seed = 7
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 12; round++) {
      const directory = join(temporaryDirectory(t), 'a-0')
      writeSegments(directory)
      const names = readdirSync(directory)
        .filter((name) => /\.(log|index|timeindex)$/.test(name))
        .sort()
      const name = names[random(names.length)]
      changed(join(directory, name), (bytes) => {
        if (bytes.length === 0) return undefined
        const at = random(bytes.length)
        if (random(2) === 0) return bytes.subarray(0, at)
        bytes[at] ^= 1 << random(8)
        return undefined
      })
      const before = await check(directory, KILLED)
      const cut = before.findings.map(({ remedy }) => /ends at offset (\d+)/.exec(remedy)?.[1]).find(Boolean)
      const log = await openLog({ directory, offsets: CRASHED, config: { segmentBytes: 800, indexIntervalBytes: 200 } })
      t.equal(
        log.logEndOffset,
        cut === undefined ? before.log.endOffset : Number(cut),
        `${round}: ${name} ${before.lines}`,
      )
      await log.close()
      t.same((await check(directory, CLEANLY_STOPPED)).lines, [], `${round}: ${name}`)
    }
  },
)

const DIRECTORY_ID = `${'d'.repeat(21)}Q`

t.test('a whole directory: its own files, renamed partitions, and others beside it', async (t) => {
  const root = temporaryDirectory(t)
  const meta = (directoryId: string, clusterId = 'c') =>
    `cluster.id=${clusterId}\ndirectory.id=${directoryId}\nnode.id=1\nversion=1\n`
  for (const name of ['one', 'two']) {
    writeSegments(join(root, name, 'a-0'))
    mkdirSync(join(root, name, `b-0.${'0'.repeat(32)}-delete`))
    writeFileSync(join(root, name, 'meta.properties'), meta(DIRECTORY_ID))
    writeFileSync(join(root, name, 'recovery-point-offset-checkpoint'), '0\n2\na 0 60\ngone 0 5\n')
    writeFileSync(join(root, name, 'cleaner-offset-checkpoint'), 'x\n')
  }
  writeFileSync(join(root, 'two', 'meta.properties'), meta(DIRECTORY_ID, 'other'))
  const findings: Finding[] = []
  const inspection = { context, progress: () => {}, found: (finding: Finding) => void findings.push(finding) }
  const [one, two] = [
    await verifyDirectory(inspection, join(root, 'one')),
    await verifyDirectory(inspection, join(root, 'two')),
  ]
  const text = ({ severity, path, problem }: Finding) => `${severity} ${path.slice(root.length + 1)} ${problem}`
  t.same(
    findings
      .splice(0)
      .map(text)
      .filter((line) => line.includes(' one')),
    [
      'repair one/cleaner-offset-checkpoint has version "x", this broker reads version 0',
      `repair one/b-0.${'0'.repeat(32)}-delete is a deleted partition`,
      'note one was not closed by a clean stop',
      'note one/recovery-point-offset-checkpoint lists gone-0, which is not in the directory',
    ],
  )
  compareDirectories(inspection, [one, two])
  t.same(
    findings.map(text).map((line) => line.replaceAll(`${root}/`, '')),
    [
      'damage two has the partition a-0, and so has one',
      'damage two belongs to node 1 of cluster other, and one to node 1 of c',
      'damage two has the directory.id of one',
    ],
  )
})
