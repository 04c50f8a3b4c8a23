/** Requests, in the names that Strimzi's rules give Kafka's RequestMetrics. */
import { errorName } from '../../../protocol/errors.ts'
import { counter, type Exposition, type Family } from '../../metrics/exposition.ts'
import {
  LOCAL_TIME,
  MICROSECONDS_PER_MS,
  REMOTE_TIME,
  REQUEST_BYTES,
  RESPONSE_BYTES,
  type RequestMetrics,
  THROTTLE_TIME,
  TOTAL_TIME,
} from '../../metrics/request-metrics.ts'

const PREFIX = 'kafka_network_requestmetrics_'
const REQUESTS = counter(`${PREFIX}requests_total`, 'Requests by API and version')
const ERRORS = counter(`${PREFIX}errors_total`, 'Error codes in answers, by API; NONE counts what went well')
const summary = (name: string, help: string): Family => ({ name: `${PREFIX}${name}`, type: 'summary', help })

/** The families, the quantities that they tell of, and what one of their units has of those that are counted. */
const DISTRIBUTIONS: readonly (readonly [Family, number, number])[] = [
  [summary('totaltimems', 'From a whole request to its answer, in milliseconds'), TOTAL_TIME, MICROSECONDS_PER_MS],
  [summary('localtimems', 'The part of it before the request waits for something'), LOCAL_TIME, MICROSECONDS_PER_MS],
  [summary('remotetimems', 'The part of it that the request waits for something'), REMOTE_TIME, MICROSECONDS_PER_MS],
  [summary('throttletimems', 'How long clients are not listened to for their quotas'), THROTTLE_TIME, 1],
  [summary('requestbytes', 'The size of requests, in bytes'), REQUEST_BYTES, 1],
  [summary('responsebytes', 'The size of answers, in bytes'), RESPONSE_BYTES, 1],
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
    for (const [family, quantity, perUnit] of DISTRIBUTIONS) {
      const values = api.distributions.quantiles(quantity, PARTS, nowMs)
      QUANTILES.forEach((quantile, index) => {
        to.add(family, (values[index] ?? 0) / perUnit, { request, quantile })
      })
      to.add(family, api.distributions.sum(quantity) / perUnit, { request }, '_sum')
      to.add(family, api.distributions.events, { request }, '_count')
    }
  }
}
