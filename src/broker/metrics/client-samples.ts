/** Client telemetry: what clients push, and Kafka's own counts of it (the group client-metrics, summed over instances). */
import { counter, type Exposition, gauge } from '../../metrics/exposition.ts'
import type { ClientTelemetry } from '../../telemetry/client-telemetry.ts'

const PREFIX = 'kafka_server_client_metrics_'
const INSTANCES = gauge(`${PREFIX}instance_count`, 'Client instances that are asked for their metrics, or may be')
const UNKNOWN = counter(`${PREFIX}unknown_subscription_request_count`, 'Pushes for subscriptions that are out of date')
const THROTTLED = counter(`${PREFIX}throttle_count`, 'Questions and pushes that came too early')
const EXPORTS = counter(`${PREFIX}plugin_export_count`, 'Pushes whose metrics were taken')
const ERRORS = counter(`${PREFIX}plugin_error_count`, 'Pushes whose metrics could not be read')
const SERIES = gauge('samsa_client_metrics_series', 'Series that clients have pushed and that are told here')
const REFUSED = counter(
  'samsa_client_metrics_refused_total',
  'Samples of clients for which there was no place, or no name of their own',
)

export function collectClients(to: Exposition, telemetry: ClientTelemetry): void {
  telemetry.sweep()
  const { counts, series } = telemetry
  to.add(INSTANCES, telemetry.instances)
  to.add(UNKNOWN, counts.unknownSubscriptionRequests)
  to.add(THROTTLED, counts.throttled)
  to.add(EXPORTS, counts.exports)
  to.add(ERRORS, counts.exportErrors)
  to.add(SERIES, series.count)
  to.add(REFUSED, series.refused)
  for (const { family, labels, value, suffix } of series.samples()) to.add(family, value, labels, suffix)
}
