/** Requests, in the names that Strimzi's rules give Kafka's RequestMetrics. */
import { errorName } from '../../../protocol/errors.ts'
import type { Distribution } from '../../metrics/distribution.ts'
import { counter, type Exposition, type Family } from '../../metrics/exposition.ts'
import type { ApiMetrics, RequestMetrics } from '../../metrics/request-metrics.ts'

const PREFIX = 'kafka_network_requestmetrics_'
const REQUESTS = counter(`${PREFIX}requests_total`, 'Requests by API and version')
const ERRORS = counter(`${PREFIX}errors_total`, 'Error codes in answers, by API; NONE counts what went well')
const summary = (name: string, help: string): Family => ({ name: `${PREFIX}${name}`, type: 'summary', help })

const DISTRIBUTIONS: readonly (readonly [Family, (api: ApiMetrics) => Distribution])[] = [
  [summary('totaltimems', 'From a whole request to its answer, in milliseconds'), (api) => api.totalTimeMs],
  [summary('localtimems', 'The part of it before the request waits for something'), (api) => api.localTimeMs],
  [summary('remotetimems', 'The part of it that the request waits for something'), (api) => api.remoteTimeMs],
  [summary('throttletimems', 'How long clients are not listened to for their quotas'), (api) => api.throttleTimeMs],
  [summary('requestbytes', 'The size of requests, in bytes'), (api) => api.requestBytes],
  [summary('responsebytes', 'The size of answers, in bytes'), (api) => api.responseBytes],
]

/** As Kafka's histograms have them. */
const QUANTILES = ['0.50', '0.75', '0.95', '0.98', '0.99', '0.999'] as const
const PARTS = QUANTILES.map(Number)

export function collectRequests(to: Exposition, metrics: RequestMetrics): void {
  const nowMs = metrics.clock.monotonicMs()
  for (const api of metrics.apis()) {
    const request = api.name
    api.versions.forEach((count, version) => {
      if (count > 0) to.add(REQUESTS, count, { request, version })
    })
    api.errors.forEach((count, index) => {
      if (count > 0) to.add(ERRORS, count, { request, error: errorName(index - 1) })
    })
    for (const [family, of] of DISTRIBUTIONS) {
      const distribution = of(api)
      const values = distribution.quantiles(PARTS, nowMs)
      QUANTILES.forEach((quantile, index) => {
        to.add(family, values[index] ?? 0, { request, quantile })
      })
      to.add(family, distribution.sum, { request }, '_sum')
      to.add(family, distribution.count, { request }, '_count')
    }
  }
}
