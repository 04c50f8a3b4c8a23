/**
 * The metrics of OTLP (opentelemetry-proto 1.x, `MetricsData`) as samples in Prometheus' terms. Bytes of clients are read
 * in one walk that keeps nothing: an input makes no more memory than the samples that its receiver keeps. Histograms and
 * summaries become the samples of which Prometheus' consist; of exponential histograms, count and sum.
 */
import protobuf from 'protobufjs/minimal.js'
import type { MetricType } from '../metrics/exposition.ts'

export interface OtlpSample {
  /** The name as the client has it, with dots. */
  readonly name: string
  readonly description: string
  readonly type: MetricType
  /** `_bucket`, `_count`, `_sum`, or nothing. */
  readonly suffix: string
  /** Attributes of the resource and of the point, as the client gives them, up to 128 of each: a name, its value, the next name, … */
  readonly attributes: Attributes
  readonly value: number
  /** The value is what was added since the last push; otherwise it is the whole. */
  readonly isDelta: boolean
}

type Reader = protobuf.Reader
/** Fields by their number; others are skipped. */
type Fields = Readonly<Record<number, (reader: Reader, wireType: number) => void>>
type Attributes = readonly string[]

/**
 * Reads the whole, and calls `take` for each sample, until that throws. Throws any `Error` where the bytes are not such a
 * message.
 */
export function readOtlpMetrics(bytes: Buffer, take: (sample: OtlpSample) => void): void {
  // Readers go over the same bytes twice where a message says last what those before it need.
  read(protobuf.Reader.create(bytes), bytes.length, {
    1: (resourceMetrics) => within(resourceMetrics, (again) => readResourceMetrics(again, take)),
  })
}

function readResourceMetrics(again: () => [Reader, number], take: (sample: OtlpSample) => void): void {
  const resource: string[] = []
  read(...again(), { 1: nested({ 1: (reader) => readAttribute(reader, resource) }) })
  read(...again(), {
    2: nested({ 2: (metric) => within(metric, (fromStart) => readMetric(fromStart, resource, take)) }),
  })
}

const DELTA = 1

function readMetric(again: () => [Reader, number], resource: Attributes, take: (sample: OtlpSample) => void): void {
  const metric = { name: '', description: '', isDelta: false, isMonotonic: false }
  const kind: Fields = {
    2: (reader) => {
      metric.isDelta = reader.int32() === DELTA
    },
    3: (reader) => {
      metric.isMonotonic = reader.bool()
    },
  }
  read(...again(), {
    1: (reader) => {
      metric.name = reader.string()
    },
    2: (reader) => {
      metric.description = reader.string()
    },
    7: nested(kind),
    9: nested(kind),
    10: nested(kind),
  })
  const { name, description } = metric
  const taking = (type: MetricType, isDelta: boolean) => (parts: readonly Part[], own: Attributes) => {
    for (const { suffix, label, value } of parts) {
      const attributes = [...resource, ...own, ...(label ?? [])]
      take({ name, description, type, suffix, attributes, value, isDelta })
    }
  }
  const { isDelta, isMonotonic } = metric
  const points = (point: PointReader, into: TakePoint): ((reader: Reader) => void) =>
    nested({ 1: (reader) => point(reader, into) })
  read(...again(), {
    5: points(readNumber, taking('gauge', false)),
    7: points(readNumber, taking(isMonotonic ? 'counter' : 'gauge', isDelta)),
    9: points(readHistogram, taking('histogram', isDelta)),
    10: points(readExponentialHistogram, taking('histogram', isDelta)),
    11: points(readSummary, taking('summary', false)),
  })
}

interface Part {
  readonly suffix: string
  readonly label?: readonly [name: string, value: string]
  readonly value: number
}
type TakePoint = (parts: readonly Part[], attributes: Attributes) => void
type PointReader = (reader: Reader, take: TakePoint) => void

function readNumber(reader: Reader, take: TakePoint): void {
  const attributes: string[] = []
  let value = 0
  readNested(reader, {
    4: (field) => {
      value = field.double()
    },
    6: (field) => {
      value = signed64(field)
    },
    7: (field) => readAttribute(field, attributes),
  })
  take([{ suffix: '', value }], attributes)
}

function readHistogram(reader: Reader, take: TakePoint): void {
  const attributes: string[] = []
  const counts: number[] = []
  const bounds: number[] = []
  const of = { count: 0, sum: 0 }
  readNested(reader, {
    ...countAndSum(of),
    6: (field, wireType) => repeated(field, wireType, () => counts.push(unsigned64(field))),
    7: (field, wireType) => repeated(field, wireType, () => bounds.push(field.double())),
    9: (field) => readAttribute(field, attributes),
  })
  let below = 0
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0
    return bucket(String(bound), below)
  })
  take([...buckets, bucket(INFINITE, of.count), ...ends(of)], attributes)
}

function readExponentialHistogram(reader: Reader, take: TakePoint): void {
  const attributes: string[] = []
  const of = { count: 0, sum: 0 }
  readNested(reader, { ...countAndSum(of), 1: (field) => readAttribute(field, attributes) })
  take([bucket(INFINITE, of.count), ...ends(of)], attributes)
}

function readSummary(reader: Reader, take: TakePoint): void {
  const attributes: string[] = []
  const quantiles: Part[] = []
  const of = { count: 0, sum: 0 }
  readNested(reader, {
    ...countAndSum(of),
    6: (field) => {
      const at = { quantile: 0, value: 0 }
      readNested(field, {
        1: (inner) => {
          at.quantile = inner.double()
        },
        2: (inner) => {
          at.value = inner.double()
        },
      })
      quantiles.push({ suffix: '', label: ['quantile', String(at.quantile)], value: at.value })
    },
    7: (field) => readAttribute(field, attributes),
  })
  take([...quantiles, ...ends(of)], attributes)
}

const INFINITE = '+Inf'
const bucket = (bound: string, value: number): Part => ({ suffix: '_bucket', label: ['le', bound], value })
const ends = ({ count, sum }: { count: number; sum: number }): Part[] => [
  { suffix: '_sum', value: sum },
  { suffix: '_count', value: count },
]
const countAndSum = (of: { count: number; sum: number }): Fields => ({
  4: (field) => {
    of.count = unsigned64(field)
  },
  5: (field) => {
    of.sum = field.double()
  },
})

/** Keys and values that a resource or a point may have, far more than any label set takes; the rest is left out. */
const MAX_ATTRIBUTES = 256

/** A pair of a key and a value of any type; lists and maps of values are left out, for no label can hold them. */
function readAttribute(reader: Reader, into: string[]): void {
  let key = ''
  let value: string | null = null
  readNested(reader, {
    1: (field) => {
      key = field.string()
    },
    2: nested({
      1: (field) => {
        value = field.string()
      },
      2: (field) => {
        value = String(field.bool())
      },
      3: (field) => {
        value = String(field.int64())
      },
      4: (field) => {
        value = String(field.double())
      },
    }),
  })
  if (value !== null && into.length < MAX_ATTRIBUTES) into.push(key, value)
}

const LENGTH_DELIMITED = 2
const WIRE_TYPE_BITS = 7
const FIELD_SHIFT = 3
const HIGH_WORD = 2 ** 32

function read(reader: Reader, end: number, fields: Fields): void {
  if (end > reader.len) throw new RangeError('A message reaches beyond the end of the bytes')
  while (reader.pos < end) {
    const tag = reader.uint32()
    const field = fields[tag >>> FIELD_SHIFT]
    if (field === undefined) reader.skipType(tag & WIRE_TYPE_BITS)
    else field(reader, tag & WIRE_TYPE_BITS)
  }
  if (reader.pos !== end) throw new RangeError('A field reaches beyond the end of its message')
}

const readNested = (reader: Reader, fields: Fields): void => {
  const length = reader.uint32()
  read(reader, reader.pos + length, fields)
}

const nested =
  (fields: Fields) =>
  (reader: Reader): void =>
    readNested(reader, fields)

/** Hands out readers of the message at which `reader` stands, each from its start, and goes on behind it. */
function within(reader: Reader, use: (again: () => [Reader, number]) => void): void {
  const length = reader.uint32()
  const [start, end] = [reader.pos, reader.pos + length]
  if (end > reader.len) throw new RangeError('A message reaches beyond the end of the bytes')
  use(() => {
    const again = protobuf.Reader.create(reader.buf)
    again.pos = start
    return [again, end]
  })
  reader.pos = end
}

/** One number, or a packed list of them. */
function repeated(reader: Reader, wireType: number, one: () => void): void {
  if (wireType !== LENGTH_DELIMITED) {
    one()
    return
  }
  const length = reader.uint32()
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('A list reaches beyond the end of the bytes')
  while (reader.pos < end) one()
}

/** Beyond 2^53 a number is right to its first 53 bits, as all of Prometheus' are. */
function unsigned64(reader: Reader): number {
  const low = reader.fixed32()
  return reader.fixed32() * HIGH_WORD + low
}

function signed64(reader: Reader): number {
  const low = reader.fixed32()
  return reader.sfixed32() * HIGH_WORD + low
}
