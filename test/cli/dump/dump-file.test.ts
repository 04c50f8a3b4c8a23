/** `samsa log dump` beside what Apache's classes read in the same bytes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryDirectory } from '../../../proof/log/support.ts'
import type { LogDirVector } from '../../../scripts/vectors/log-dirs.ts'
import { dumpOf } from '../../../src/cli/dump/dump-file.ts'
import { type Row, TextTables } from '../../../src/cli/dump/rows.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { silentLogger } from '../../../src/env/silent-logger.ts'
import { createLogContext } from '../../../src/log/create-log-context.ts'
import { facts } from '../../support/facts.ts'

const context = createLogContext(nodeEnvironment(), silentLogger())

async function rowsOf(path: string, depth: 'batches' | 'deep' | 'records' = 'batches'): Promise<Row[]> {
  const rows: Row[] = []
  await dumpOf(path, depth)!(context, path, (row) => {
    rows.push(row)
    return null
  })
  await context.openFiles.closeAll()
  return rows
}

type Decoded = Readonly<Record<string, unknown>>
/** Our names of fields, and Apache's. */
type Names = Readonly<Record<string, string>>

/** Numbers and decimal strings are the same to both sides. */
const text = (value: unknown): string => (value === null ? 'null' : String(value))

/** The fields of a row under Apache's names, as text on both sides. */
const picked = (row: Decoded, names: readonly string[]): string[] => names.map((name) => `${name} ${text(row[name])}`)

function sameRows(t: Test, rows: readonly Decoded[], apache: readonly Decoded[], names: Names, what: string): void {
  const ours = rows.map((row) =>
    picked(row, Object.keys(names)).map((line, i) => line.replace(/^\S+/, Object.values(names)[i])),
  )
  t.same(
    ours,
    apache.map((each) => picked(each, Object.values(names))),
    what,
  )
}

const same = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]))
const BATCH = same(
  ...[
    'baseOffset',
    'lastOffset',
    'sizeInBytes',
    'magic',
    'compression',
    'timestampType',
    'maxTimestamp',
    'crc',
    'count',
  ],
  ...['leaderEpoch', 'producerId', 'producerEpoch', 'baseSequence', 'lastSequence', 'isTransactional', 'isControl'],
)
const FIELDS: Readonly<Record<string, Names>> = {
  '.log': BATCH,
  '.index': same('offset', 'position'),
  '.timeindex': same('timestamp', 'offset'),
  '.txnindex': same('producerId', 'firstOffset', 'lastOffset', 'lastStableOffset'),
  '.snapshot': {
    ...same('producerId', 'lastSequence', 'lastOffset', 'offsetDelta', 'coordinatorEpoch'),
    producerEpoch: 'epoch',
    lastTimestamp: 'timestamp',
    currentTransactionFirstOffset: 'currentTxnFirstOffset',
  },
}

t.test('partition directories that Apache wrote', async (t) => {
  const root = temporaryDirectory(t)
  for (const vector of facts('vectors/LogDirs.json') as (LogDirVector & { decoded: Record<string, unknown> })[]) {
    const directory = join(root, vector.name, vector.directory)
    mkdirSync(directory, { recursive: true })
    for (const [name, hex] of Object.entries(vector.files)) {
      const path = join(directory, name)
      writeFileSync(path, Buffer.from(hex, 'hex'))
      const rows = await rowsOf(path)
      const fields = FIELDS[/\.\w+$/.exec(name)?.[0] ?? '']
      if (fields === undefined) continue
      const decoded = vector.decoded[name] as Decoded[] | { json: { producerEntries: Decoded[] } }
      const expected = Array.isArray(decoded) ? decoded : decoded.json.producerEntries
      sameRows(t, rows, expected, fields, `${vector.name} ${name}`)
    }
  }
})

interface Records {
  name: string
  decoded: {
    isControl: boolean
    magic: number
    records: { offset: string; timestamp: string; key: string | null; value: string | null }[]
  }[]
  hex: string
}

const base64 = (row: Row, name: 'key' | 'value'): string | null =>
  row[name] == null || row[`${name}Encoding`] === 'base64'
    ? ((row[name] as string | null) ?? null)
    : Buffer.from(String(row[name])).toString('base64')

t.test('records of every format and codec', async (t) => {
  const path = join(temporaryDirectory(t), `${'0'.repeat(20)}.log`)
  for (const vector of facts('vectors/RecordBatches.json') as Records[]) {
    writeFileSync(path, Buffer.from(vector.hex, 'hex'))
    const apache = (Array.isArray(vector.decoded) ? vector.decoded : [vector.decoded]) as Records['decoded']
    const rows = await rowsOf(path, 'records')
    const records = rows.filter(({ type }) => type === 'record')
    const expected = apache.flatMap((batch) => batch.records)
    const content = records.map((row) => ({ ...row, key: base64(row, 'key'), value: base64(row, 'value') }))
    const isPlain = records.every(({ decoded }) => decoded === undefined)
    sameRows(t, content, expected, same('offset', 'timestamp', ...(isPlain ? ['key', 'value'] : [])), vector.name)
  }
})

t.test('the small files of a data directory', async (t) => {
  const root = temporaryDirectory(t)
  const files: [name: string, content: string, rows: object[]][] = [
    [
      'meta.properties',
      'cluster.id=c\nnode.id=3\nversion=1\n',
      [{}, { name: 'clusterId', value: 'c' }, { name: 'nodeId', value: 3 }],
    ],
    [
      'recovery-point-offset-checkpoint',
      '0\n1\na b 1\n',
      [{ type: 'damage', problem: /^the file has a line that is not "topic/ }],
    ],
    [
      'log-start-offset-checkpoint',
      '0\n1\na 2 10\n',
      [{ type: 'partition-offset', topic: 'a', partition: 2, offset: 10 }],
    ],
    ['leader-epoch-checkpoint', '0\n1\n4 9\n', [{ type: 'leader-epoch', epoch: 4, startOffset: 9 }]],
    ['.kafka_cleanshutdown', '{"version":0,"brokerEpoch":12}', [{ name: 'brokerEpoch', value: 12 }]],
    [
      'quorum-state',
      '{"leaderId":1,"leaderEpoch":2,"votedId":-1,"data_version":1}',
      [{ name: 'leaderId', value: 1 }, { value: 2 }],
    ],
  ]
  for (const [name, content, rows] of files) {
    writeFileSync(join(root, name), content)
    t.match(await rowsOf(join(root, name)), rows, name)
  }
  t.equal(dumpOf(join(root, '.lock'), 'batches'), null)
})

t.test('damaged places are named, and what follows is read where it can be', async (t) => {
  const directory = join(temporaryDirectory(t), '__consumer_offsets-0')
  mkdirSync(directory)
  const path = join(directory, `${'0'.repeat(20)}.log`)
  const batches = facts('vectors/RecordBatches.json') as Records[]
  const { hex } = batches.find(({ name }) => name === 'magic2-none')!
  const sound = Buffer.from(hex, 'hex')
  const flipped = Buffer.from(sound)
  flipped[flipped.length - 1] ^= 1
  writeFileSync(path, Buffer.concat([flipped, sound, sound.subarray(0, 30)]))
  const rows = await rowsOf(path)
  t.match(rows, [
    { type: 'batch', isValid: false },
    { type: 'damage', position: 0, problem: /^Record is corrupt/ },
    { type: 'batch', isValid: true },
    { type: 'damage', position: 2 * sound.length, problem: /its last 30 bytes are the beginning of one$/ },
  ])
  const tables = new TextTables()
  t.match(tables.lines(rows[3]), [`  DAMAGED at byte ${2 * sound.length}: the file ends inside a batch`])
  t.match(
    (await rowsOf(path, 'records')).filter(({ type }) => type === 'damage'),
    [{}, { problem: /^the record at offset \d+ is not what this log holds: / }],
    'users have no business in this topic',
  )
})
