import { type BrokerConfig, connectionOverrides, interBrokerListenerName } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import { canonicalAddress } from '../security/quotas/addresses.ts'
import { Counters } from '../security/quotas/counters.ts'
import { Rate, type RateWindow } from '../security/quotas/rate.ts'

export type Verdict =
  /** Serve it now. */
  | { readonly kind: 'admit' }
  /** `max.connections.per.ip` is reached: close it. */
  | { readonly kind: 'refuse'; readonly limit: number }
  /** Its address connects too often: it is not served, and closed after a while, so that it does not come back at once. */
  | { readonly kind: 'close'; readonly delayMs: number }
  /** No slot is free (0), or connections come too fast (that many ms): it is served later. */
  | { readonly kind: 'wait'; readonly delayMs: number }

const ADMIT: Verdict = { kind: 'admit' }

/**
 * The number of connections that there may be in all, on a listener and from an address, and the rate at which they may
 * come, to a listener and from an address (KIP-306, KIP-402, KIP-612). The listener of other brokers is protected where there is more than one: clients
 * cannot crowd it out.
 */
export class ConnectionQuotas {
  readonly #config: BrokerConfig
  readonly #clock: Clock
  readonly #perListener = new Map<string, number>()
  readonly #perAddress = new Map<string, number>()
  readonly #rateWindow: RateWindow
  readonly #brokerRate: Rate
  readonly #listenerRates = new Map<string, Rate>()
  readonly #addressRates: Counters<Rate>
  /** Connections a second by address; null: from every other one. */
  #addressLimits: ReadonlyMap<string | null, number> = new Map()
  #total = 0
  /** Parsed when the key changes, not with every connection. */
  #overrides: ReadonlyMap<string, number>

  constructor(config: BrokerConfig, clock: Clock, listenerNames: readonly string[]) {
    this.#config = config
    this.#clock = clock
    const sampleMs = config.get('quota.window.size.seconds') * 1000
    this.#rateWindow = { samples: config.get('quota.window.num'), sampleMs }
    this.#brokerRate = new Rate(this.#rateWindow)
    this.#addressRates = new Counters(
      () => new Rate(this.#rateWindow),
      (rate, nowMs) => rate.isEmpty(nowMs),
    )
    for (const name of listenerNames) {
      this.#perListener.set(name, 0)
      this.#listenerRates.set(name, new Rate(this.#rateWindow))
    }
    this.#overrides = connectionOverrides(config.get('max.connections.per.ip.overrides'))
  }

  /** Takes the limits from the broker's config again, after a change of it. */
  reconfigure(): void {
    this.#overrides = connectionOverrides(this.#config.get('max.connections.per.ip.overrides'))
  }

  /** `limits`: connections a second by address, as `canonicalAddress` writes it; null: from every other one. */
  setAddressLimits(limits: ReadonlyMap<string | null, number>): void {
    this.#addressLimits = limits
    if (limits.size === 0) this.#addressRates.clear()
  }

  /** Judges a new connection. It counts for its address at once, for the slots only when it is admitted. */
  arrive(listenerName: string, address: string): Verdict {
    const closeAfterMs = this.#addressDelayMs(address)
    if (closeAfterMs > 0) return { kind: 'close', delayMs: closeAfterMs }
    const limit = this.#overrides.get(address) ?? this.#config.get('max.connections.per.ip')
    const count = this.#perAddress.get(address) ?? 0
    if (count >= limit) return { kind: 'refuse', limit }
    this.#perAddress.set(address, count + 1)
    const delayMs = this.#rateDelayMs(listenerName)
    return delayMs > 0 || !this.slotIsFree(listenerName) ? { kind: 'wait', delayMs } : ADMIT
  }

  slotIsFree(listenerName: string): boolean {
    const limit = this.#config.getForListener(listenerName, 'max.connections')
    if (this.#ofListener(listenerName) >= limit) return false
    return this.isProtected(listenerName) || this.#total < this.#config.get('max.connections')
  }

  admit(listenerName: string): void {
    this.#perListener.set(listenerName, this.#ofListener(listenerName) + 1)
    this.#total++
  }

  /** A connection is gone; `admitted` says whether it held a slot. */
  leave(listenerName: string, address: string, admitted: boolean): void {
    const count = this.#perAddress.get(address) ?? 0
    if (count <= 1) this.#perAddress.delete(address)
    else this.#perAddress.set(address, count - 1)
    if (!admitted) return
    this.#perListener.set(listenerName, this.#ofListener(listenerName) - 1)
    this.#total--
  }

  /** The number of connections beyond `max.connections`, after it was lowered or the protected listener has passed it. */
  get excess(): number {
    return Math.max(0, this.#total - this.#config.get('max.connections'))
  }

  isProtected(listenerName: string): boolean {
    return this.#perListener.size > 1 && interBrokerListenerName(this.#config) === listenerName
  }

  #rateDelayMs(listenerName: string): number {
    const nowMs = this.#clock.monotonicMs()
    const listenerLimit = this.#config.getForListener(listenerName, 'max.connection.creation.rate')
    const listenerDelayMs = this.#delayMs(this.#listenerRates.get(listenerName), listenerLimit, nowMs)
    if (this.isProtected(listenerName)) return listenerDelayMs
    const brokerLimit = this.#config.get('max.connection.creation.rate')
    return Math.max(listenerDelayMs, this.#delayMs(this.#brokerRate, brokerLimit, nowMs))
  }

  /** Counts a connection. A limit of 0 lets one through in each window. */
  #delayMs(rate: Rate | undefined, limit: number, nowMs: number): number {
    if (rate === undefined) return 0
    rate.add(1, nowMs)
    const { samples, sampleMs } = this.#rateWindow
    return Math.min(rate.throttleMs(limit, nowMs), samples * sampleMs)
  }

  /** A connection that is too much for its address does not count, neither for that nor for its listener. */
  #addressDelayMs(address: string): number {
    if (this.#addressLimits.size === 0) return 0
    const name = canonicalAddress(address) ?? address
    const limit = this.#addressLimits.get(name) ?? this.#addressLimits.get(null)
    if (limit === undefined) return 0
    const nowMs = this.#clock.monotonicMs()
    const rate = this.#addressRates.of(name, '', nowMs)
    rate.add(1, nowMs)
    // Kafka bounds the wait by one sample.
    const delayMs = Math.min(rate.throttleMs(limit, nowMs), this.#rateWindow.sampleMs)
    if (delayMs > 0) rate.add(-1, nowMs)
    return delayMs
  }

  #ofListener(listenerName: string): number {
    return this.#perListener.get(listenerName) ?? 0
  }
}
