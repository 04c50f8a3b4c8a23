/**
 * GetTelemetrySubscriptions: which metrics the broker wants of a client (KIP-714).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string, uuid } from '../schema.ts'

export const GetTelemetrySubscriptionsRequest = request({
  name: 'GetTelemetrySubscriptionsRequest',
  apiKey: 71,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    clientInstanceId: uuid(),
  }),
})
export type GetTelemetrySubscriptionsRequest = Decoded<typeof GetTelemetrySubscriptionsRequest>

export const GetTelemetrySubscriptionsResponse = response({
  name: 'GetTelemetrySubscriptionsResponse',
  apiKey: 71,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    acceptedCompressionTypes: array(int8()),
    pushIntervalMs: int32(),
    telemetryMaxBytes: int32(),
    deltaTemporality: bool(),
    requestedMetrics: array(string()),
  }),
})
export type GetTelemetrySubscriptionsResponse = Decoded<typeof GetTelemetrySubscriptionsResponse>
