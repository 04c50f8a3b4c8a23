/** `samsa produce`: the standard input, or the words of the command line, as records of a topic. */
import { randomInt } from 'node:crypto'
import { fstatSync } from 'node:fs'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { compressionTypeOf } from '../../../protocol/records/compression-type.ts'
import { existingTopics } from '../../client/admin/partitions.ts'
import { Partitioner } from '../../client/producer/partitioner.ts'
import { Producer } from '../../client/producer/producer.ts'
import type { CommandContext } from '../cluster/context.ts'
import { type Answer, wordsAnswer } from '../print/answer.ts'
import { countText, plural } from '../print/quantity.ts'
import { ProgressLine } from '../progress-line.ts'
import { type InputOptions, linesOf, type ReadRecord, recordOfJson, recordOfText } from './input.ts'

export interface ProduceOptions extends InputOptions {
  readonly input: 'lines' | 'records' | 'whole'
  readonly compression: string
  readonly acks: 'all' | '1' | '0'
  readonly idempotence: boolean
  readonly batchSize: number
}

const ACKS = { all: -1, '1': 1, '0': 0 } as const

export async function produce(context: CommandContext<ProduceOptions>): Promise<Answer> {
  const { client, environment, words, options } = context
  const [topic = '', ...values] = words
  const [{ partitions } = { partitions: [] }] = await existingTopics(client, [topic])
  const partitioner = new Partitioner(partitions.length, (below) => randomInt(below))
  const producer = await Producer.open(client, {
    acks: ACKS[options.acks],
    // A producer that does not hear of what is written cannot be sure that it is written once.
    isIdempotent: options.idempotence && options.acks === 'all',
    compression: compressionTypeOf(options.compression) ?? 0,
    batchBytes: options.batchSize,
    timeoutMs: options.timeout,
  })
  const progress = process.stderr.isTTY ? new ProgressLine(environment.clock, process.stderr) : null
  const inputBytes = progress === null || values.length > 0 ? null : bytesOfFile(process.stdin)
  const startMs = environment.clock.monotonicMs()
  let count = 0
  try {
    for await (const { record, partition } of read(context, values)) {
      const size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
      const chosen = partition ?? partitioner.partitionOf(record.key, size)
      if (chosen >= partitions.length) {
        throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic ${topic} has no partition ${chosen}`)
      }
      await producer.send({ topic, partition: chosen }, record)
      count++
      const seconds = (environment.clock.monotonicMs() - startMs) / 1_000
      progress?.show(
        `${shareText(inputBytes)}${countText(producer.acknowledged)} records written, ${countText(count / Math.max(seconds, 0.001))}/s`,
      )
    }
    await producer.flush()
  } finally {
    progress?.clear()
  }
  const lines = process.stderr.isTTY || process.stdout.isTTY ? [`Wrote ${plural(count, 'record')} to ${topic}.`] : []
  return wordsAnswer(lines, [{ topic, records: count }])
}

const STDIN = 0

interface FileBytes {
  readonly total: number
  readonly read: () => number
}

/** null: the standard input is no file, and nobody knows how long it is. */
function bytesOfFile(input: NodeJS.ReadStream & { bytesRead?: number }): FileBytes | null {
  const stat = fstatSync(STDIN)
  return stat.isFile() && stat.size > 0 ? { total: stat.size, read: () => input.bytesRead ?? 0 } : null
}

const shareText = (bytes: FileBytes | null): string =>
  bytes === null ? '' : `${Math.floor((100 * bytes.read()) / bytes.total)} %, `

async function* read(
  { environment, options }: CommandContext<ProduceOptions>,
  values: readonly string[],
): AsyncGenerator<ReadRecord> {
  const now = () => environment.clock.nowMs()
  const recordOf = options.input === 'records' ? recordOfJson : recordOfText
  if (values.length > 0) {
    for (const value of values) yield recordOf(Buffer.from(value), options, now())
  } else if (options.null && options.key !== undefined && process.stdin.isTTY) {
    yield recordOf(Buffer.alloc(0), options, now())
  } else if (options.input === 'whole') {
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    yield recordOf(Buffer.concat(chunks), options, now())
  } else {
    for await (const line of linesOf(process.stdin)) {
      if (options.input !== 'records' || line.length > 0) yield recordOf(line, options, now())
    }
  }
}
