/** Records from lines: their keys, values and headers. */
import type { RecordToWrite } from '../../../protocol/records/build.ts'
import { UsageError } from '../cluster/context.ts'
import { splitAssignment } from '../definition/values.ts'

export interface InputOptions {
  readonly keySeparator?: string
  readonly key?: string
  readonly header?: readonly string[]
  readonly null?: boolean
  readonly partition?: number
  /** The partitions that JSON lines say are not heeded. */
  readonly repartition?: boolean
}

/** A record, and the partition that it says itself. */
export interface ReadRecord {
  readonly record: RecordToWrite
  readonly partition: number | null
}

const LF = 0x0a
const CR = 0x0d

/** Lines as bytes, without their ends; the last one may have none. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  for await (const chunk of chunks) {
    let begin = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, begin)) {
      const line = Buffer.concat([...rest, chunk.subarray(begin, end)])
      yield line.at(-1) === CR ? line.subarray(0, -1) : line
      rest = []
      begin = end + 1
    }
    if (begin < chunk.length) rest.push(Buffer.from(chunk.subarray(begin)))
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}

/** A record of one line, or of one value that was given whole. Throws `UsageError`. */
export function recordOfText(bytes: Buffer, options: InputOptions, timestampMs: number): ReadRecord {
  const { key, keySeparator, partition = null } = options
  let ownKey: Buffer | null = key === undefined ? null : Buffer.from(key)
  let value = bytes
  if (keySeparator !== undefined) {
    const at = bytes.indexOf(keySeparator)
    if (at < 0) throw new UsageError(`A line has no ${JSON.stringify(keySeparator)} behind a key: ${shortened(bytes)}`)
    ownKey = bytes.subarray(0, at)
    value = bytes.subarray(at + Buffer.byteLength(keySeparator))
  }
  const isNull = options.null === true && value.length === 0
  const record = { key: ownKey, value: isNull ? null : value, timestamp: timestampMs, headers: givenHeaders(options) }
  return { record, partition }
}

/** A record of a line of `samsa consume --json`; what the line does not say comes of the options. Throws `UsageError`. */
export function recordOfJson(line: Buffer, options: InputOptions, timestampMs: number): ReadRecord {
  let json: unknown
  try {
    json = JSON.parse(line.toString())
  } catch (error) {
    throw new UsageError(`A line is no JSON (${(error as Error).message}): ${shortened(line)}`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError(`A line is no record in JSON: ${shortened(line)}`)
  }
  const fields = json as Record<string, unknown>
  const headers = fields.headers ?? []
  if (!Array.isArray(headers)) throw new UsageError(`headers are no list: ${shortened(line)}`)
  const own = headers.map((each: Record<string, unknown>) => ({
    key: String(each.key),
    value: bytesIn(each, 'value'),
  }))
  const key = bytesIn(fields, 'key') ?? (options.key === undefined ? null : Buffer.from(options.key))
  const timestamp = typeof fields.timestamp === 'number' && fields.timestamp >= 0 ? fields.timestamp : timestampMs
  const said = options.repartition === true || !isPartition(fields.partition) ? null : fields.partition
  const partition = options.partition ?? said
  const record = { key, value: bytesIn(fields, 'value'), timestamp, headers: [...own, ...givenHeaders(options)] }
  return { record, partition }
}

const isPartition = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function bytesIn(fields: Record<string, unknown>, name: string): Buffer | null {
  const base64 = fields[`${name}Base64`]
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  const value = fields[name]
  if (value === undefined || value === null) return null
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

const givenHeaders = ({ header = [] }: InputOptions) =>
  header.map(splitAssignment).map(([key, value]) => ({ key, value: Buffer.from(value) }))

const SHORT = 60

function shortened(bytes: Buffer): string {
  const text = bytes.subarray(0, SHORT).toString()
  return JSON.stringify(bytes.length > SHORT ? `${text}…` : text)
}
