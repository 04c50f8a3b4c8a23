import type { CompressionName } from '../../../protocol/records/compression-type.ts'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, withPeak, withTopic } from '../bench-case.ts'
import type { Product, Target } from '../targets.ts'

interface Shape {
  recordBytes: number
  batchBytes: number
  acks: 0 | 1 | -1
  partitions: number
  codec: CompressionName
}

const base: Shape = { recordBytes: 1_000, batchBytes: 65_536, acks: 1, partitions: 1, codec: 'none' }
const connections = 2
const inFlight = 5
const warmUpShare = 0.25

/** Codecs work on a third of the bytes: their broker needs more time for each. */
const codecShare = 0.5
/** Batches and records that are small take many times as long for as many bytes. */
const smallShare = 0.1

async function produceShape(target: Target, bench: Bench, shape: Shape, share = 1): Promise<Metrics> {
  const bytes = bench.scale.bytes * share * (shape.codec === 'none' ? 1 : codecShare)
  return withTopic(target, bench, shape.partitions, (topic) => {
    const about = { ...shape, port: target.port, brokerPid: target.pid, topic }
    const job = { ...about, connections, inFlight, warmUpBytes: bytes * warmUpShare, bytes }
    return withPeak([target.pid], () => bench.load.run('produce', job))
  })
}

/** The base case, for measurements of something else. */
export const produceBase = (target: Target, bench: Bench, share = 1): Promise<Metrics> =>
  produceShape(target, bench, base, share)

interface Choice {
  name: string
  words: string
  change: Partial<Shape>
  /** The part of a case's bytes that is moved. */
  share?: number
  isQuick?: boolean
  products?: readonly Product[]
}

const withFloor: readonly Product[] = [...brokers, 'floor']
const choices: Choice[] = [
  { name: 'base', words: '1 KB, acks=1, 1 partition', change: {}, isQuick: true, products: withFloor },
  { name: '100B', words: '100 B records', change: { recordBytes: 100 }, isQuick: true, products: withFloor },
  { name: 'acks-all', words: 'acks=all', change: { acks: -1 }, isQuick: true },
  { name: '6-partitions', words: '6 partitions', change: { partitions: 6 }, products: withFloor },
  { name: '100-partitions', words: '100 partitions', change: { partitions: 100 } },
  {
    name: '100B-6-partitions',
    words: '100 B records, 6 partitions',
    change: { recordBytes: 100, partitions: 6 },
    isQuick: true,
    products: withFloor,
  },
  { name: '16KB-batches', words: '16 KB batches', change: { batchBytes: 16_384 }, products: withFloor },
  { name: '1KB-batches', words: '1 KB batches of one record', change: { batchBytes: 1_024 }, share: smallShare },
  { name: '10B', words: '10 B records', change: { recordBytes: 10 }, share: smallShare },
  { name: 'gzip', words: 'gzip', change: { codec: 'gzip' } },
  { name: 'snappy', words: 'snappy', change: { codec: 'snappy' } },
  { name: 'lz4', words: 'lz4', change: { codec: 'lz4' }, isQuick: true },
  { name: 'zstd', words: 'zstd', change: { codec: 'zstd' } },
]

export const produceCases: BenchCase[] = choices.map(
  ({ name, words, change, share, isQuick = false, products = brokers }) => ({
    name: `produce/${name}`,
    words,
    isQuick,
    products,
    run: (target, bench) => produceShape(target, bench, { ...base, ...change }, share),
  }),
)

/** Makes a broker work before anything is measured: compilers have seen the hot path, buffers and caches are full. */
export async function warmUp(target: Target, bench: Bench): Promise<void> {
  await produceShape(target, bench, base)
  await produceShape(target, bench, { ...base, recordBytes: 100, partitions: 6, acks: -1 })
}

/** The limit: what the process receives goes into a file, unread and unanswered. */
export const sinkCase: BenchCase = {
  name: 'limit/sink',
  words: 'raw Node sink: receive, write to a file',
  isQuick: true,
  products: ['sink'],
  run(target, { load, scale }) {
    const job = { ...base, acks: 0 as const, port: target.port, brokerPid: target.pid, topic: 'none', connections: 1 }
    return load
      .run('produce', { ...job, inFlight, warmUpBytes: scale.bytes * warmUpShare, bytes: scale.bytes })
      .then((measured) => ({ ...measured }))
  },
}
