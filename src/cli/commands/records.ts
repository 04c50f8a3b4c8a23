import { clusterCommand } from '../definition/cluster-command.ts'
import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { registryOptions } from '../definition/registry-command.ts'
import { assignment, naturalNumber, severalNumbers } from '../definition/values.ts'
import { FORMAT_HELP, parseFormat } from '../records/format.ts'
import { PLACE_HELP, parsePlace } from '../records/place.ts'
import { parsePredicate } from '../records/predicate.ts'
import { ENCODINGS, ENCODINGS_WITH_SCHEMA } from '../records/shown.ts'

const topic: ArgumentDefinition = { usage: '<topic>', description: 'its name', values: 'topic' }
const partition: OptionDefinition = {
  flags: '-p, --partition <number,...>',
  description: 'only these partitions',
  parse: severalNumbers,
}
const encodings: readonly OptionDefinition[] = [
  { flags: '--key <as>', description: 'how keys are shown', values: ENCODINGS, default: 'text' },
  { flags: '--value <as>', description: 'how values are shown', values: ENCODINGS, default: 'text' },
]
const where: OptionDefinition = {
  flags: '--where <expression>',
  description:
    'only records of which this is true; JavaScript about $ (the value), key, headers, partition, offset, timestamp',
  parse: parsePredicate,
}
const isolation: OptionDefinition = {
  flags: '--isolation <level>',
  description: 'committed: without aborted transactions, and not past open ones',
  values: ['committed', 'uncommitted'],
  default: 'uncommitted',
}

export const consume = clusterCommand({
  name: 'consume',
  summary: 'print records as they come, alone or as a member of a group',
  details: `${FORMAT_HELP.trim()}

Places: ${PLACE_HELP}.
A group goes on where it has committed, and begins at --from where it has not. Offsets are committed every five seconds, when
partitions move, and at the end.`,
  examples: [
    ['samsa consume orders', 'what comes from now on'],
    ['samsa consume orders --from beginning --until end', 'everything there is'],
    "samsa consume orders -f '%T %k %v\\n' --from -1h --group g",
    ["samsa consume orders --from -100 --where '$.total > 100'", 'of the last hundred of each partition'],
    'samsa consume orders --from 2026-01-31T12:00 --count 5 --json --value json',
    ['samsa consume orders --value schema', 'Avro, Protobuf and JSON Schema, as JSON'],
    ['samsa consume orders --from beginning --until end --json > orders.jsonl', 'samsa produce takes it back'],
  ],
  args: [{ usage: '<topic...>', description: 'names of topics', values: 'topic' }],
  options: [
    { flags: '-f, --format <format>', description: 'how a record is printed (default: "%v\\n")', parse: parseFormat },
    {
      flags: '--from <place>',
      description: 'where to begin (default: end, and beginning with --until)',
      parse: parsePlace,
    },
    { flags: '--until <place>', description: 'where to stop; end is where partitions end now', parse: parsePlace },
    { flags: '-n, --count <number>', description: 'stop after so many records', parse: naturalNumber },
    where,
    partition,
    {
      flags: '--key <as>',
      description: 'how keys are shown; schema: read by the schema that they name',
      values: ENCODINGS_WITH_SCHEMA,
      default: 'text',
    },
    {
      flags: '--value <as>',
      description: 'how values are shown; schema: read by the schema that they name',
      values: ENCODINGS_WITH_SCHEMA,
      default: 'text',
    },
    ...registryOptions,
    isolation,
    {
      flags: '-g, --group <id>',
      description: 'share the partitions with the members of this group',
      values: 'group',
      conflicts: ['partition', 'until'],
    },
    {
      flags: '--group-protocol <protocol>',
      description: 'classic: rebalances of the clients; consumer: of the broker (KIP-848)',
      values: ['classic', 'consumer'],
      default: 'classic',
    },
    { flags: '--instance-id <id>', description: 'a static member of the group: its partitions wait for its return' },
    { flags: '--session-timeout <ms>', description: 'of a classic member', parse: naturalNumber, default: 45_000 },
  ],
  load: async () => (await import('../records/consume.ts')).consume,
})

export const produce = clusterCommand({
  name: 'produce',
  summary: 'write records: the words behind the topic, or each line of the standard input',
  details: `
Records go where Kafka's producers put them: by the hash of their key, or in turns of partitions where they have none.

--input records takes lines as samsa consume --json prints them: {"key": …, "value": …, "headers": [{"key": …, "value": …}],
"partition": …, "timestamp": …}, all of them optional; a value that is no text is written as JSON. valueBase64 is for bytes.`,
  examples: [
    'samsa produce orders hello world',
    'samsa produce orders < lines.jsonl',
    ['samsa produce orders -K : --header source=shell <<< \'alice:{"total": 5}\'', 'key, colon, value'],
    'samsa produce copies --input records --compression zstd < orders.jsonl',
    ['samsa produce orders --key alice --null', 'a tombstone'],
  ],
  args: [topic, { usage: '[value...]', description: 'values; the standard input where there are none' }],
  options: [
    {
      flags: '-K, --key-separator <text>',
      description: 'a line begins with a key that ends at this',
      conflicts: ['key'],
    },
    { flags: '-k, --key <text>', description: 'the key of all records' },
    { flags: '-H, --header <name=value>', description: 'a header of all records', parse: assignment },
    { flags: '--null', description: 'the value of a record is null (a tombstone) where it would be empty' },
    { flags: '-p, --partition <number>', description: 'the partition of all records', parse: naturalNumber },
    {
      flags: '--repartition',
      description: 'JSON records go where their keys send them, whatever partition they name',
      conflicts: ['partition'],
    },
    {
      flags: '--input <kind>',
      description: 'lines: a record each; records: JSON records; whole: all of it is one record',
      values: ['lines', 'records', 'whole'],
      default: 'lines',
    },
    {
      flags: '-z, --compression <codec>',
      description: 'how batches are compressed',
      values: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      default: 'none',
    },
    { flags: '--acks <acks>', description: 'who has to have it', values: ['all', '1', '0'], default: 'all' },
    { flags: '--no-idempotence', description: 'let what is sent again be written twice' },
    { flags: '--batch-size <bytes>', description: 'of a partition', parse: naturalNumber, default: 131_072 },
  ],
  load: async () => (await import('../records/produce.ts')).produce,
})

const list = clusterCommand({
  name: 'list',
  summary: 'show the newest records of a topic',
  examples: ['samsa records list orders', 'samsa records list orders --from -1h --count 100'],
  args: [topic],
  options: [
    {
      flags: '--from <place>',
      description: 'where to begin (default: as far from the end as there are to show)',
      parse: parsePlace,
    },
    { flags: '-n, --count <number>', description: 'so many at most', parse: naturalNumber, default: 10 },
    where,
    partition,
    ...encodings,
    isolation,
  ],
  load: async () => (await import('../records/list.ts')).listRecords,
})

const show = clusterCommand({
  name: 'show',
  summary: 'show one record with all that belongs to it',
  examples: ['samsa records show orders 0 4711'],
  args: [
    topic,
    { usage: '<partition>', description: 'its number' },
    { usage: '<offset>', description: 'of the record' },
  ],
  options: [...encodings],
  load: async () => (await import('../records/list.ts')).showRecord,
})

const offsets = clusterCommand({
  name: 'offsets',
  summary: 'show where partitions begin and end, or the offsets at a place or time',
  details: `Places: ${PLACE_HELP}.`,
  examples: ['samsa records offsets orders', 'samsa records offsets orders --at -1h'],
  args: [{ usage: '<topic...>', description: 'names of topics', values: 'topic' }],
  options: [{ flags: '--at <place>', description: 'the offsets there', parse: parsePlace }],
  load: async () => (await import('../records/list.ts')).showOffsets,
})

const remove = clusterCommand({
  name: 'delete',
  summary: 'delete the records of a topic that are before a place',
  details: `Places: ${PLACE_HELP}.`,
  examples: ['samsa records delete orders --before -7d --dry-run', 'samsa records delete orders -p 0 --before 4711'],
  args: [topic],
  options: [
    { flags: '--before <place>', description: 'the first that is kept', parse: parsePlace, isRequired: true },
    partition,
    { flags: '--dry-run', description: 'say what would be deleted' },
  ],
  load: async () => (await import('../records/delete.ts')).deleteRecordsBefore,
})

/** `samsa records`: looks at single records, and deletes the old ones. */
export const records: CommandDefinition = {
  name: 'records',
  summary: 'list, show and delete records, and find their offsets',
  commands: [list, show, offsets, remove],
}
