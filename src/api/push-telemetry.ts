/** PushTelemetry (key 72): metrics of a client, as OTLP, compressed with any of Kafka's codecs or not at all (KIP-714). */
import { PushTelemetryRequest, PushTelemetryResponse } from '../../protocol/messages/push-telemetry.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { type Telemetry, telemetryClient } from './support/telemetry-client.ts'

export function pushTelemetryHandler({
  telemetry,
}: {
  telemetry: Telemetry
}): ApiHandler<typeof PushTelemetryRequest, typeof PushTelemetryResponse> {
  return {
    apiKey: 72,
    name: 'PushTelemetry',
    request: PushTelemetryRequest,
    response: PushTelemetryResponse,
    minVersion: 0,
    maxVersion: 0,
    keepsNothing: true,
    access: { needs: [] },

    async handle(context, request) {
      const all = await telemetry.load()
      await all.push(telemetryClient(context), request.clientInstanceId, request)
      return {}
    },

    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
}
