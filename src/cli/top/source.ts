/** Which way a cluster is seen: through its HTTP where that is samsa's and in reach, else through offsets. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { Clock } from '../../env/index.ts'
import { UsageError } from '../cluster/context.ts'
import { isOfCluster, type MetricsPlace, metricsSource } from './metrics-source.ts'
import { offsetsSource } from './offsets-source.ts'
import type { Source } from './snapshot.ts'

/** The port at which samsa serves HTTP unless it is told otherwise. */
const HTTP_PORT = 9644

export interface SourceOptions {
  /** Addresses that somebody gave; empty: those that samsa would have are tried. */
  readonly urls: readonly string[]
  readonly authorization: string | null
}

export async function openSource(client: ClusterClient, clock: Clock, options: SourceOptions): Promise<Source> {
  const { authorization } = options
  const { brokers } = await client.metadata([])
  const addresses = brokers.map(({ host, port }) => `${host}:${port}`)
  if (options.urls.length > 0) {
    const places = options.urls.map((url) => ({ url: url.replace(/\/(?:metrics)?$/, ''), authorization }))
    for (const place of places) {
      if (await isOfCluster(place, addresses)) continue
      throw new UsageError(
        `${place.url}/metrics is not to be had, or not of this cluster: it asks for a login, or is another address`,
      )
    }
    return metricsSource(client, clock, places)
  }
  // Nobody has said that a password may be told to whoever listens there.
  const urls = [...new Set(brokers.map(({ host }) => httpUrl(host)))]
  const usual = urls.map((url): MetricsPlace => ({ url, authorization: null }))
  const answers = await Promise.all(usual.map((place) => isOfCluster(place, addresses)))
  // Some of the brokers alone would be half of the truth.
  const isWhole = usual.length === brokers.length && answers.every((answer) => answer)
  return isWhole ? metricsSource(client, clock, usual) : offsetsSource(client, clock)
}

const httpUrl = (host: string): string => `http://${host.includes(':') ? `[${host}]` : host}:${HTTP_PORT}`
