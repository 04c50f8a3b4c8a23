/**
 * GetTelemetrySubscriptions (key 71): which metrics the broker wants of a client, how often, and in which form (KIP-714).
 * A client that has no id of its own yet is given one.
 */
import {
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponse,
} from '../../protocol/messages/get-telemetry-subscriptions.ts'
import { CompressionType } from '../../protocol/records/compression-type.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { type Telemetry, telemetryClient } from './support/telemetry-client.ts'

/** In the order in which clients are to choose. */
const CODECS = [CompressionType.ZSTD, CompressionType.LZ4, CompressionType.GZIP, CompressionType.SNAPPY]

export function getTelemetrySubscriptionsHandler({
  telemetry,
}: {
  telemetry: Telemetry
}): ApiHandler<typeof GetTelemetrySubscriptionsRequest, typeof GetTelemetrySubscriptionsResponse> {
  return {
    apiKey: 71,
    name: 'GetTelemetrySubscriptions',
    request: GetTelemetrySubscriptionsRequest,
    response: GetTelemetrySubscriptionsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [] },

    async handle(context, request) {
      const all = await telemetry.load()
      const { clientInstanceId, subscriptionId, intervalMs, metrics } = all.ask(
        telemetryClient(context),
        request.clientInstanceId,
      )
      return {
        clientInstanceId,
        subscriptionId,
        acceptedCompressionTypes: CODECS,
        pushIntervalMs: intervalMs,
        telemetryMaxBytes: all.maxBytes,
        deltaTemporality: true,
        requestedMetrics: metrics,
      }
    },

    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
}
