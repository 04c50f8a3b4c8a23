import { type BrokerConfig, connectionOverrides, interBrokerListenerName } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import { RateWindow } from './rate-window.ts'

export type Verdict =
  /** Serve it now. */
  | { readonly kind: 'admit' }
  /** `max.connections.per.ip` is reached: close it. */
  | { readonly kind: 'refuse'; readonly limit: number }
  /** No slot is free (0), or connections come too fast (that many ms): it is served later. */
  | { readonly kind: 'wait'; readonly delayMs: number }

const ADMIT: Verdict = { kind: 'admit' }

/**
 * The number of connections that there may be in all, on a listener and from an address, and the rate at which they may
 * come (KIP-306, KIP-402, KIP-612). The listener of other brokers is protected where there is more than one: clients
 * cannot crowd it out.
 */
export class ConnectionQuotas {
  readonly #config: BrokerConfig
  readonly #clock: Clock
  readonly #perListener = new Map<string, number>()
  readonly #perAddress = new Map<string, number>()
  readonly #brokerRate: RateWindow
  readonly #listenerRates = new Map<string, RateWindow>()
  #total = 0
  /** Parsed when the key changes, not with every connection. */
  #overrides: ReadonlyMap<string, number>

  constructor(config: BrokerConfig, clock: Clock, listenerNames: readonly string[]) {
    this.#config = config
    this.#clock = clock
    this.#brokerRate = this.#newRate()
    for (const name of listenerNames) {
      this.#perListener.set(name, 0)
      this.#listenerRates.set(name, this.#newRate())
    }
    this.#overrides = connectionOverrides(config.get('max.connections.per.ip.overrides'))
  }

  /** Takes the limits from the broker's config again, after a change of it. */
  reconfigure(): void {
    this.#overrides = connectionOverrides(this.#config.get('max.connections.per.ip.overrides'))
  }

  /** Judges a new connection. It counts for its address at once, for the slots only when it is admitted. */
  arrive(listenerName: string, address: string): Verdict {
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
    const listenerDelayMs = this.#listenerRates.get(listenerName)?.record(nowMs, listenerLimit) ?? 0
    if (this.isProtected(listenerName)) return listenerDelayMs
    return Math.max(listenerDelayMs, this.#brokerRate.record(nowMs, this.#config.get('max.connection.creation.rate')))
  }

  #newRate(): RateWindow {
    return new RateWindow(this.#config.get('quota.window.num'), this.#config.get('quota.window.size.seconds') * 1000)
  }

  #ofListener(listenerName: string): number {
    return this.#perListener.get(listenerName) ?? 0
  }
}
