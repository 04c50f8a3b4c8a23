/**
 * The newest numbers of each client, as series for `/metrics`. Clients choose names, labels and how many there are, so
 * that all of it is bounded: samples of a push, series of a client, series in all, labels of a series, lengths of texts. What
 * finds no place is counted and left out; what is there goes on.
 */
import type { Family, Labels } from '../metrics/exposition.ts'
import type { OtlpSample } from './otlp.ts'

const MAX_SERIES = 20_000
const MAX_SERIES_OF_CLIENT = 1_000
/** Reading them takes some ten milliseconds of the one loop. */
const MAX_SAMPLES_OF_PUSH = 2_000
const MAX_LABELS = 16
const MAX_TEXT = 256

const ENOUGH = new Error('The push has more samples than are taken')
/** It may stand in names as well, and long texts may begin alike: a client that has these mixes up its own series. */
const SEPARATOR = '\0'

/** Calls `take` for each sample, until that throws. */
export type ReadSamples = (take: (sample: OtlpSample) => void) => void

export interface ClientSample {
  readonly family: Family
  readonly suffix: string
  readonly labels: Labels
  readonly value: number
}

interface Series {
  readonly family: Family
  readonly suffix: string
  readonly labels: Labels
  value: number
}

interface Client {
  /** Labels that say whose its numbers are. */
  readonly own: Labels
  /** By what identifies it in the client's own words. */
  readonly series: Map<string, Series>
  /** Names with their labels, as the page has them. */
  readonly shown: Set<string>
  /** When its numbers are too old to be shown. */
  expiresAtMs: number
}

export class ClientSeries {
  /** Samples that found no place, or had names that nobody could tell apart. */
  refused = 0
  readonly #clients = new Map<string, Client>()
  #count = 0

  get count(): number {
    return this.#count
  }

  /**
   * Takes what a client pushed, sample by sample as `read` gives them. `own`: labels that say whose they are, which none of
   * its attributes can change. Throws what `read` throws; samples before that place count.
   */
  take(clientInstanceId: string, own: Labels, read: ReadSamples, expiresAtMs: number): void {
    let client = this.#clients.get(clientInstanceId)
    if (client === undefined) {
      client = { own, series: new Map(), shown: new Set(), expiresAtMs }
      this.#clients.set(clientInstanceId, client)
    }
    client.expiresAtMs = expiresAtMs
    const to = client
    let left = MAX_SAMPLES_OF_PUSH
    try {
      read((sample) => {
        if (left-- === 0) throw ENOUGH
        this.#takeSample(to, own, sample)
      })
    } catch (error) {
      if (error !== ENOUGH) throw error
      this.refused++
    } finally {
      // Clients without a series are not kept: their ids are a stranger's to make up.
      if (client.series.size === 0) this.#clients.delete(clientInstanceId)
    }
  }

  #takeSample({ series, shown }: Client, own: Labels, sample: OtlpSample): void {
    const { name, type, suffix, value, isDelta } = sample
    if (sample.attributes.length > 2 * MAX_LABELS) {
      this.refused++
      return
    }
    const attributes = sample.attributes.map(cut)
    const key = [type, cut(name), suffix, ...attributes].join(SEPARATOR)
    const known = series.get(key)
    if (known !== undefined) {
      known.value = isDelta ? known.value + value : value
      return
    }
    const isTooMuch = series.size >= MAX_SERIES_OF_CLIENT || this.#count >= MAX_SERIES
    const made = isTooMuch ? null : newSeries({ ...sample, attributes }, own)
    const shownAs =
      made === null ? '' : JSON.stringify([`${made.family.name}${suffix}`, ...Object.entries(made.labels).flat()])
    if (made === null || shown.has(shownAs)) {
      this.refused++
      return
    }
    series.set(key, made)
    shown.add(shownAs)
    this.#count++
  }

  /** Forgets clients that have not pushed for long. */
  sweep(nowMs: number): void {
    for (const [id, { series, expiresAtMs }] of this.#clients) {
      if (expiresAtMs > nowMs) continue
      this.#clients.delete(id)
      this.#count -= series.size
    }
  }

  /** The samples of all clients, client by client. */
  *clients(): Iterable<{ readonly own: Labels; readonly samples: Iterable<ClientSample> }> {
    for (const { own, series } of this.#clients.values()) yield { own, samples: series.values() }
  }

  /** All series whose family nobody before them has given another type, or the name of one of its parts. */
  *samples(): Iterable<ClientSample> {
    const types = new Map<string, string>()
    for (const { series } of this.#clients.values()) {
      for (const one of series.values()) {
        if (isOfFamily(types, one.family)) yield one
      }
    }
  }
}

const PARTS: Readonly<Record<string, readonly string[]>> = {
  histogram: ['', '_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/** Whether the names that the family takes are its own; the first one that asks has them. */
function isOfFamily(types: Map<string, string>, { name, type }: Family): boolean {
  const owner = `${name} ${type}`
  const names = (PARTS[type] ?? ['']).map((part) => `${name}${part}`)
  if (names.some((taken) => (types.get(taken) ?? owner) !== owner)) return false
  for (const taken of names) types.set(taken, owner)
  return true
}

const KAFKA_PREFIX = 'org_apache_kafka_'
/** It keeps names that clients choose apart from those of this broker. */
const OTHER_PREFIX = 'kafka_client_'
const COUNTER_SUFFIX = '_total'

/** `org.apache.kafka.producer.record.send` → `org_apache_kafka_producer_record_send_total` */
function familyOf({ name, description, type }: OtlpSample): Family {
  const plain = nameOf(name)
  const prefixed = plain.startsWith(KAFKA_PREFIX) ? plain : `${OTHER_PREFIX}${plain}`
  const isPlainCounter = type === 'counter' && !prefixed.endsWith(COUNTER_SUFFIX)
  const help = description === '' ? `${cut(name)}, as clients push it` : cut(description)
  return { name: isPlainCounter ? `${prefixed}${COUNTER_SUFFIX}` : prefixed, type, help }
}

function newSeries(sample: OtlpSample, own: Labels): Series {
  const { attributes, suffix, value } = sample
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < attributes.length; i += 2) {
    pairs.push([labelNameOf(attributes[i] ?? ''), attributes[i + 1] ?? ''])
  }
  pairs.sort(([one], [other]) => (one < other ? -1 : Number(one > other)))
  return { family: familyOf(sample), suffix, labels: { ...Object.fromEntries(pairs), ...own }, value }
}

/** The beginning of a text that is too long, as a copy: a slice would keep the whole of it in memory. */
const cut = (text: string): string =>
  text.length <= MAX_TEXT ? text : Buffer.from(text.slice(0, MAX_TEXT), 'utf16le').toString('utf16le')

const nameOf = (text: string): string => cut(text).replace(/[^a-zA-Z0-9]+/g, '_')

/** Names that begin with a digit or with two lines are none, or Prometheus' own. */
function labelNameOf(text: string): string {
  const name = nameOf(text)
  return /^[a-zA-Z_](?!_)/.test(name) ? name : `_${name}`
}
