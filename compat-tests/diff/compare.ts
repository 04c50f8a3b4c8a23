import type { AnyField, Fields } from '../../protocol/schema.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import type { Body, Outcome } from './connection.ts'
import type { Exchange } from './session.ts'
import { storedBatches } from './stored-batches.ts'

/** One place where two answers to the same request are not the same. */
export interface Difference {
  api: string
  version: number
  /** As `topics[].partitions[].errorCode`; of configurations with their name. */
  path: string
  apache: unknown
  samsa: unknown
  /** A client would act differently: another error, or none, or no answer. */
  isError: boolean
  exchange: Exchange
}

interface Place {
  exchange: Exchange
  differences: Difference[]
}

/** Arrays whose elements stand in the path by name: each of them may have its own reason to differ. */
const NAMED_IN_PATH: ReadonlySet<string> = new Set(['configs', 'apiKeys', 'supportedFeatures', 'finalizedFeatures'])

/** The fields that tell the elements of an array apart: the first of these that an element has. */
const KEY_FIELDS = [
  'resourceName',
  'name',
  'topic',
  'groupId',
  'key',
  'transactionalId',
  'memberId',
  'logDir',
  'tokenId',
  'topicName',
  'topicId',
  'partitionIndex',
  'partition',
  'index',
  'apiKey',
  'nodeId',
  'brokerId',
  'producerId',
]
/** Keys that each broker chooses by itself. */
const BROKER_CHOSEN: ReadonlySet<string> = new Set(['topicId', 'memberId', 'producerId', 'tokenId'])
/** Fields that belong to the key of an element beside it. */
const KEY_SUFFIXES = ['resourceType', 'source']

const TIME_TOLERANCE_MS = 30 * 60_000
/** The year 2100. Later ones are what is made of the bounds of an int64. */
const LATEST_MS = 4_102_444_800_000
const GENERATED_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Milliseconds of now, and what they make of the bounds of an int64. */
const TIME = /-?\b(17|18|92)\d{11,17}\b/g
/** Ids that no broker has given: the zero one, and those of scenarios. */
const MADE_UP_ID = /^(.)\1+A?$/
const TOPIC_ID = /(?<![\w-])[\w-]{22}(?![\w-])/g
/** Fields whose numbers each broker chooses by itself; zero and less have a meaning of their own. */
const CHOSEN_NUMBERS: ReadonlySet<string> = new Set(['producerId', 'sessionId', 'ongoingTxnProducerId'])

export interface KnownIds {
  readonly topicIds: ReadonlyMap<string, string>
  readonly createdIds: readonly string[]
}

/** The places in which a broker is, which its answers name. */
interface Side {
  /** The ports of its listeners, in one order for both brokers. */
  ports: readonly number[]
  dataDirectory: string
}

/**
 * Compares answers field by field. Ids that each broker makes up are the same when they always come together: the
 * first time that two meet they are taken for one another, from then on each stands only for the other.
 */
export class Comparison {
  readonly #samsaIds = new Map<unknown, unknown>()
  readonly #apacheIds = new Map<unknown, unknown>()
  readonly #ports: { apache: readonly number[]; samsa: readonly number[] }
  readonly #directories: { apache: string; samsa: string }

  constructor(apache: Side, samsa: Side) {
    this.#ports = { apache: apache.ports, samsa: samsa.ports }
    this.#directories = { apache: apache.dataDirectory, samsa: samsa.dataDirectory }
  }

  /** Takes ids of the same things for one another: what was made in turn, and the topics that there are. */
  bind(apache: KnownIds, samsa: KnownIds): void {
    for (const [index, topicId] of apache.createdIds.entries()) {
      const other = samsa.createdIds[index]
      if (other !== undefined) this.#unify(topicId, other)
    }
    this.#bindByName(apache.topicIds, samsa.topicIds)
  }

  #bindByName(apache: ReadonlyMap<string, string>, samsa: ReadonlyMap<string, string>): void {
    for (const [name, topicId] of apache) {
      const other = samsa.get(name)
      if (other !== undefined) this.#unify(topicId, other)
    }
  }

  exchanges(apache: Exchange, samsa: Exchange): Difference[] {
    const place: Place = { exchange: apache, differences: [] }
    const [left, right] = [apache.outcome, samsa.outcome]
    if (left.kind !== 'answer' || right.kind !== 'answer') {
      if (left.kind !== right.kind) this.#differs(place, '(outcome)', outcomeText(left), outcomeText(right), true)
      return place.differences
    }
    if (left.bytesLeft !== right.bytesLeft) {
      this.#differs(place, '(bytes left)', left.bytesLeft, right.bytesLeft, true)
    }
    this.#struct(place, '', apache.api.response.fields, left.body, right.body)
    return place.differences
  }

  #struct(place: Place, path: string, fields: Fields, apache: Body, samsa: Body): void {
    for (const [name, field] of Object.entries(fields)) {
      this.#value(place, path === '' ? name : `${path}.${name}`, name, field, apache[name], samsa[name])
    }
  }

  #value(place: Place, path: string, name: string, field: AnyField, apache: unknown, samsa: unknown): void {
    if (apache === null || samsa === null) {
      if (apache !== samsa) this.#differs(place, path, apache, samsa)
    } else if (field.type === 'struct') {
      this.#struct(place, path, field.fields!, apache as Body, samsa as Body)
    } else if (field.type === 'array') {
      this.#array(place, path, name, field.element!, apache as unknown[], samsa as unknown[])
    } else if (field.type === 'records') {
      this.#records(place, path, apache as Buffer, samsa as Buffer)
    } else if (!this.#same(name, apache, samsa)) {
      this.#differs(place, path, apache, samsa)
    }
  }

  #records(place: Place, path: string, apache: Buffer, samsa: Buffer): void {
    const [left, right] = [storedBatches(apache), storedBatches(samsa)]
    if (left.length !== right.length) this.#differs(place, `${path}(batches)`, left.length, right.length)
    left.slice(0, right.length).forEach((batch, index) => {
      for (const [name, value] of Object.entries(batch)) {
        const other = (right[index] as Body)[name]
        if (!this.#same(name, value, other)) this.#differs(place, `${path}(${name})`, value, other)
      }
    })
  }

  #array(place: Place, path: string, name: string, element: AnyField, apache: unknown[], samsa: unknown[]): void {
    const aligned = element.type === 'struct' ? this.#align(apache as Body[], samsa as Body[]) : null
    if (aligned === null) {
      if (apache.length !== samsa.length) this.#differs(place, `${path}(length)`, apache.length, samsa.length)
      const common = Math.min(apache.length, samsa.length)
      for (let index = 0; index < common; index++) {
        this.#value(place, `${path}[]`, name, element, apache[index], samsa[index])
      }
      return
    }
    const pathOf = (key: string) => (NAMED_IN_PATH.has(name) ? `${path}[${key}]` : `${path}[]`)
    for (const [key, [left, right]] of aligned.pairs) {
      if (left && right) this.#struct(place, pathOf(key), element.fields!, left, right)
      else this.#differs(place, `${pathOf(key)}(element)`, left ? key : undefined, right ? key : undefined)
    }
    if (!aligned.sameOrder) this.#differs(place, `${path}(order)`, aligned.apacheOrder, aligned.samsaOrder)
  }

  /** Elements with the same key beside each other; null where keys are missing or repeat. */
  #align(apache: Body[], samsa: Body[]) {
    const leftKeys = apache.map((element) => this.#keyOf(element, 'apache'))
    const rightKeys = samsa.map((element) => this.#keyOf(element, 'samsa'))
    if (!areUnique(leftKeys) || !areUnique(rightKeys)) return null
    const pairs = new Map<string, [Body | undefined, Body | undefined]>()
    for (const [index, key] of leftKeys.entries()) pairs.set(key, [apache[index], undefined])
    for (const [index, key] of rightKeys.entries()) pairs.set(key, [pairs.get(key)?.[0], samsa[index]])
    const both = (key: string) => leftKeys.includes(key) && rightKeys.includes(key)
    const [apacheOrder, samsaOrder] = [leftKeys.filter(both).join(), rightKeys.filter(both).join()]
    return { pairs, apacheOrder, samsaOrder, sameOrder: apacheOrder === samsaOrder }
  }

  #keyOf(element: Body, side: 'apache' | 'samsa'): string | null {
    const isThere = (name: string) =>
      element[name] !== undefined && element[name] !== null && element[name] !== ZERO_UUID
    const name = KEY_FIELDS.find((field) => isThere(field) && !(element[field] === '' && isThere('topicId')))
    if (name === undefined) return element.topicId === ZERO_UUID ? '' : null
    const given = name === 'logDir' ? this.#plain(element[name], side) : element[name]
    const value = side === 'samsa' && BROKER_CHOSEN.has(name) ? (this.#samsaIds.get(given) ?? given) : given
    return [value, ...KEY_SUFFIXES.filter(isThere).map((suffix) => element[suffix])].join('/')
  }

  #same(name: string, apache: unknown, samsa: unknown): boolean {
    if (apache === samsa) return true
    if (name === 'hmac') return isGiven(apache) === isGiven(samsa)
    if (Buffer.isBuffer(apache)) return apache.equals(samsa as Buffer)
    if (name === 'port') return this.#isSameListener(apache as number, samsa as number)
    if (CHOSEN_NUMBERS.has(name)) return Number(apache) > 0 && Number(samsa) > 0 && this.#unify(apache, samsa)
    if (typeof apache === 'bigint') return isSameTime(apache, samsa as bigint)
    if (typeof apache !== 'string' || typeof samsa !== 'string') return false
    const [left, right] = [this.#plain(apache, 'apache'), this.#plain(samsa, 'samsa')]
    if (left === right && /<uuid>|<id>/.test(left)) return this.#unify(apache, samsa)
    return left === right
  }

  #isSameListener(apache: number, samsa: number): boolean {
    const listener = this.#ports.apache.indexOf(apache)
    return listener >= 0 && listener === this.#ports.samsa.indexOf(samsa)
  }

  #plain(text: string, side: 'apache' | 'samsa'): string {
    return this.#ports[side]
      .reduce((plain, port, listener) => plain.replaceAll(`:${port}`, `:(port ${listener})`), text)
      .replaceAll(this.#directories[side], '(data)')
      .replace(TIME, '<time>')
      .replace(GENERATED_ID, '<uuid>')
      .replace(TOPIC_ID, (id) => (MADE_UP_ID.test(id) ? id : '<id>'))
  }

  #unify(apache: unknown, samsa: unknown): boolean {
    const [expected, reverse] = [this.#apacheIds.get(apache), this.#samsaIds.get(samsa)]
    if (expected === undefined && reverse === undefined) {
      this.#apacheIds.set(apache, samsa)
      this.#samsaIds.set(samsa, apache)
      return true
    }
    return expected === samsa && reverse === apache
  }

  #differs(place: Place, path: string, apache: unknown, samsa: unknown, isError = /errorCode$/i.test(path)): void {
    const { exchange, differences } = place
    const { api, version } = exchange
    differences.push({ api: api.name, version, path, apache, samsa, isError, exchange })
  }
}

function areUnique(keys: readonly (string | null)[]): keys is string[] {
  return keys.every((key) => key !== null) && new Set(keys).size === keys.length
}

/** Secrets that a broker has made, or none. */
const isGiven = (secret: unknown): boolean => Buffer.isBuffer(secret) && secret.length > 0

/** Times of this run, and those that are as far ahead of it. */
const isSameTime = (apache: bigint, samsa: bigint): boolean =>
  [apache, samsa].every((value) => Number(value) > Date.now() - TIME_TOLERANCE_MS && Number(value) < LATEST_MS) &&
  Math.abs(Number(apache - samsa)) < TIME_TOLERANCE_MS

const outcomeText = (outcome: Outcome): string =>
  outcome.kind === 'unreadable' ? `unreadable: ${outcome.reason}` : outcome.kind
