/**
 * The sessions of brokers with this controller: soft state, which no log has. A controller that starts gives every unfenced
 * broker a session that begins then; one that is not heard of before `broker.session.timeout.ms` is over is fenced.
 *
 * A session belongs to one registration: the heartbeats of an earlier one keep nobody alive. Time in which this process
 * stood still is no time (`excuse`).
 */
import type { BrokerRegistration, ClusterImage } from '../../metadata/image/cluster-image.ts'
import type { SessionView } from '../commands/nodes/broker-heartbeat.ts'

interface Session {
  readonly brokerEpoch: bigint
  /** Monotonic. */
  contactMs: number
  /** The last offset of the metadata that the broker has applied; -1: not known. */
  metadataOffset: number
  shutdownOffset: number | null
}

type BrokerEpoch = Pick<BrokerRegistration, 'brokerId' | 'brokerEpoch'>

const UNKNOWN_OFFSET = -1

export class BrokerSessions {
  readonly #sessionMs: number
  readonly #sessions = new Map<number, Session>()

  constructor(sessionMs: number) {
    this.#sessionMs = sessionMs
  }

  /** This controller begins to lead. */
  begin({ brokers }: ClusterImage, nowMs: number): void {
    for (const { brokerId, brokerEpoch, fenced } of brokers.values()) {
      if (!fenced) this.#sessions.set(brokerId, sessionOf(brokerEpoch, nowMs))
    }
  }

  /** The broker, in its newest registration, is alive. */
  heardOf({ brokerId, brokerEpoch }: BrokerEpoch, nowMs: number): void {
    const known = this.#sessions.get(brokerId)
    if (known?.brokerEpoch === brokerEpoch) known.contactMs = nowMs
    else this.#sessions.set(brokerId, sessionOf(brokerEpoch, nowMs))
  }

  has({ brokerId, brokerEpoch }: BrokerEpoch, nowMs: number): boolean {
    const session = this.#sessions.get(brokerId)
    return session?.brokerEpoch === brokerEpoch && nowMs - session.contactMs <= this.#sessionMs
  }

  view(brokerId: number, { brokers }: ClusterImage): SessionView {
    let lowestActiveOffset = Number.POSITIVE_INFINITY
    for (const [id, { metadataOffset, shutdownOffset }] of this.#sessions) {
      const isActive = id !== brokerId && shutdownOffset === null && brokers.get(String(id))?.fenced === false
      if (isActive) lowestActiveOffset = Math.min(lowestActiveOffset, metadataOffset)
    }
    return { shutdownOffset: this.#sessions.get(brokerId)?.shutdownOffset ?? null, lowestActiveOffset }
  }

  /** The broker has applied the metadata up to `metadataOffset`, and its controlled shutdown is at `shutdownOffset`. */
  moved(brokerId: number, metadataOffset: number, shutdownOffset: number | null): void {
    const session = this.#sessions.get(brokerId)
    if (session === undefined) return
    session.metadataOffset = metadataOffset
    session.shutdownOffset = shutdownOffset === null ? null : (session.shutdownOffset ?? shutdownOffset)
  }

  /** The broker is fenced, or registers anew. */
  end(brokerId: number): void {
    this.#sessions.delete(brokerId)
  }

  /** Brokers of which too long nothing was heard. */
  expired(nowMs: number): BrokerEpoch[] {
    return [...this.#sessions]
      .filter(([, { contactMs }]) => nowMs - contactMs > this.#sessionMs)
      .map(([brokerId, { brokerEpoch }]) => ({ brokerId, brokerEpoch }))
  }

  /** Nobody could have been heard for so long. */
  excuse(ms: number): void {
    for (const session of this.#sessions.values()) session.contactMs += ms
  }
}

const sessionOf = (brokerEpoch: bigint, nowMs: number): Session => ({
  brokerEpoch,
  contactMs: nowMs,
  metadataOffset: UNKNOWN_OFFSET,
  shutdownOffset: null,
})
