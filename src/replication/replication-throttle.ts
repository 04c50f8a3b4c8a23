/**
 * The bandwidth of replicas that are not in sync (KIP-73), on the side of their leaders or of the followers. Replicas are
 * throttled where their topic names them, as `partition:broker`, or all of them, as `*`; all that one side of a broker
 * moves of them in a second stays below its rate, on average over `replication.quota.window.num` samples. A replica that
 * is in sync is never held back, but its bytes count.
 */
import type { Clock } from '../env/index.ts'
import type { LogConfig } from '../log/log-config.ts'

/** A partition, as far as a throttle asks about it. */
interface Throttleable {
  readonly partition: number
  readonly log: { readonly config: LogConfig }
}

export interface ReplicationThrottle {
  isThrottled(partition: Throttleable): boolean
  /** More than the rate has been moved of late. */
  isExceeded(): boolean
  /** So many bytes of throttled replicas have been moved. */
  record(bytes: number): void
}

export const NO_THROTTLE: ReplicationThrottle = { isThrottled: () => false, isExceeded: () => false, record: () => {} }

export interface ThrottleOptions {
  readonly clock: Clock
  readonly nodeId: number
  readonly side: 'leader' | 'follower'
  /** `leader.replication.throttled.rate` or `follower.replication.throttled.rate`, as it is now. */
  readonly bytesPerSecond: () => number
  /** `replication.quota.window.num` */
  readonly samples: number
  /** `replication.quota.window.size.seconds` */
  readonly sampleMs: number
}

interface Sample {
  readonly startMs: number
  bytes: number
}

const EVERY_REPLICA = '*'

export class RateThrottle implements ReplicationThrottle {
  readonly #options: ThrottleOptions
  /** The oldest comes first. */
  #samples: Sample[] = []

  constructor(options: ThrottleOptions) {
    this.#options = options
  }

  isThrottled({ partition, log: { config } }: Throttleable): boolean {
    const { side, nodeId } = this.#options
    const replicas =
      side === 'leader' ? config.leaderReplicationThrottledReplicas : config.followerReplicationThrottledReplicas
    if (replicas.length === 0) return false
    return replicas[0] === EVERY_REPLICA || replicas.includes(`${partition}:${nodeId}`)
  }

  isExceeded(): boolean {
    const { clock, bytesPerSecond, samples, sampleMs } = this.#options
    const nowMs = clock.monotonicMs()
    this.#samples = this.#samples.filter(({ startMs }) => nowMs - startMs < samples * sampleMs)
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0)
    // The first sample of a burst counts as a whole one, however young it is.
    const elapsedMs = Math.max(sampleMs, nowMs - (this.#samples[0]?.startMs ?? nowMs))
    return (bytes * 1000) / elapsedMs > bytesPerSecond()
  }

  record(bytes: number): void {
    const nowMs = this.#options.clock.monotonicMs()
    const last = this.#samples.at(-1)
    if (last === undefined || nowMs - last.startMs >= this.#options.sampleMs)
      this.#samples.push({ startMs: nowMs, bytes })
    else last.bytes += bytes
  }
}
