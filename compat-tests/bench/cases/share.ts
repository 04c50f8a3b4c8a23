import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, fill, withPeak, withTopic } from '../bench-case.ts'
import type { ShareJob } from '../load/share.ts'
import type { Target } from '../targets.ts'

const recordBytes = 1_000
const consumers = 4
/** Members take more than the bytes that are asked for at the end: 512 records each. */
const REST_BYTES = consumers * 1_000_000
/** So many, until neither broker's compilers work any more: their threads take the processor for milliseconds from a request. */
const WARM_UP_GROUPS = 5

/** A rate that both brokers keep up with: at the most that they give, a faster one would wait for more of its own work. */
const STEADY_BYTES_PER_SECOND = 100e6

function shareCase(
  name: string,
  words: string,
  { acknowledge, bytesPerSecond }: Pick<ShareJob, 'acknowledge' | 'bytesPerSecond'>,
): BenchCase {
  return {
    name,
    words,
    isQuick: true,
    products: brokers,
    run: (target: Target, bench: Bench): Promise<Metrics> =>
      withTopic(target, bench, 1, async (topic) => {
        const { bytes } = bench.scale
        await fill(target, bench, topic, bytes + REST_BYTES)
        const about = { port: target.port, brokerPid: target.pid, topic }
        const job = {
          ...about,
          recordBytes,
          consumers,
          acknowledge,
          bytesPerSecond,
          warmUpGroups: WARM_UP_GROUPS,
          bytes,
        }
        return withPeak([target.pid], () => bench.load.run('share', job))
      }),
  }
}

/** The queue of one partition, whose records four members take from the beginning, 500 at a time. */
export const shareCases: BenchCase[] = [
  shareCase('share/fetch', '4 share consumers of one partition, accepted with the next fetch', {
    acknowledge: 'fetch',
    bytesPerSecond: null,
  }),
  shareCase('share/commit', 'the same, accepted by a request of their own; ms: until its answer', {
    acknowledge: 'request',
    bytesPerSecond: null,
  }),
  shareCase('share/commit-steadily', 'the same at 100 MB/s', {
    acknowledge: 'request',
    bytesPerSecond: STEADY_BYTES_PER_SECOND,
  }),
]
