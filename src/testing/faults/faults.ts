/**
 * Faults on demand: rules on requests, a bad network, a bad disk. The broker knows nothing of them: rules stand before its
 * handlers (`dispatch/interceptor`), the others are its environment.
 */

import type { ApiName } from '../../../protocol/api-types.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import type { Exchange, HandlerAnswer } from '../../dispatch/interceptor.ts'
import { mapAnswer } from '../../dispatch/interceptor.ts'
import { checkFields, MILLISECONDS, TEXT, type WantedFields } from '../misuse.ts'
import type { DiskFault, DiskFaults } from './disk-faults.ts'
import type { FaultTarget } from './fault-target.ts'
import { apiNamed, checkMatch, type Match } from './match.ts'
import type { NetworkCondition, NetworkFaults } from './network-faults.ts'
import { Rule } from './rule.ts'

const FETCH = 1

const CONDITION: WantedFields = {
  latencyMs: MILLISECONDS,
  jitterMs: MILLISECONDS,
  bytesPerSecond: { words: 'a number above 0', holds: (value) => typeof value === 'number' && value > 0 },
}
const WHICH: WantedFields = { clientId: TEXT }

export class Faults {
  readonly #target: FaultTarget
  readonly #network: NetworkFaults
  readonly #disk: DiskFaults
  /** By API, in the order in which they were made. */
  readonly #rules = new Map<number, Rule[]>()

  constructor(target: FaultTarget, network: NetworkFaults, disk: DiskFaults) {
    this.#target = target
    this.#network = network
    this.#disk = disk
  }

  /**
   * A rule for requests of these APIs; what happens to them is said by the rule's methods. It is in force from now on, until
   * it is disposed of, or `clear`.
   */
  on<Api extends ApiName>(api: Api | readonly Api[], match: Match<Api> = {}): Rule<Api> {
    const apis = Array.isArray(api) ? [...api] : [api]
    if (apis.length === 0) throw new TypeError('A rule is for at least one API: this list has none.')
    const keys = apis.map((each) => apiNamed(each).apiKey)
    for (const each of apis) checkMatch(each, match as Match)
    const rule = new Rule(apis, match, this.#target, () => this.#remove(erased))
    // A rule is asked about requests of its own APIs alone.
    const erased = unchecked<Rule>(rule)
    for (const key of keys) {
      const rules = this.#rules.get(key) ?? []
      rules.push(erased)
      this.#rules.set(key, rules)
    }
    return rule
  }

  /** All that the broker sends is late, or slow, until the value is disposed of. */
  network(condition: NetworkCondition): Disposable {
    checkFields('A condition of the network', condition, CONDITION)
    return this.#network.set(condition)
  }

  /** Breaks the connections of a client, or of all; how many. They may connect again. */
  cut(which: { readonly clientId?: string } = {}): number {
    checkFields('What is cut', which, WHICH)
    return this.#network.cut(which)
  }

  /** Operations on the files of the broker fail or take long, until the value is disposed of. */
  disk(fault: DiskFault): Disposable & { readonly hits: number } {
    return this.#disk.add(fault)
  }

  /** Rules that have never matched: a misspelt one shows. */
  unused(): Rule[] {
    return [...this.#all()].filter(({ hits }) => hits === 0)
  }

  /** Takes all faults away. Requests that wait go on. */
  clear(): void {
    for (const rule of this.#all()) rule[Symbol.dispose]()
    this.#network.clear()
    this.#disk.clear()
  }

  /** Whether a rule is made for this API. */
  concern(apiKey: number): boolean {
    return (this.#rules.get(apiKey)?.length ?? 0) > 0
  }

  /** Notes whose connection this is, for a proxy whose requests do not all come to `intercept`. */
  seen(peer: { readonly remoteAddress: string; readonly remotePort: number }, clientId: string | null): void {
    this.#network.seen(peer, clientId)
  }

  intercept(exchange: Exchange): HandlerAnswer {
    const { handler, context, request } = exchange
    this.#network.seen(context.connection, context.clientId)
    const rules = this.#rules.get(handler.apiKey)
    const answer =
      rules === undefined || rules.length === 0
        ? exchange.proceed(request)
        : this.#run([...rules], 0, exchange, request)
    if (handler.apiKey !== FETCH) return answer
    return mapAnswer(answer, (outcome) => {
      this.#target.fetched(request, outcome.response)
      return outcome
    })
  }

  #run(rules: readonly Rule[], index: number, exchange: Exchange, request: Exchange['request']): HandlerAnswer {
    for (let at = index; at < rules.length; at++) {
      const rule = rules[at]
      if (!rule?.takes(exchange, request)) continue
      return rule.apply(exchange, request, (passed) => this.#run(rules, at + 1, exchange, passed))
    }
    return exchange.proceed(request)
  }

  *#all(): Iterable<Rule> {
    yield* new Set([...this.#rules.values()].flat())
  }

  #remove(gone: Rule): void {
    for (const [key, rules] of this.#rules)
      this.#rules.set(
        key,
        rules.filter((rule) => rule !== gone),
      )
  }
}
