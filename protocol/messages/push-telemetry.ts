/**
 * PushTelemetry: metrics of a client, in OTLP (KIP-714).
 */
import { bool, bytes, type Decoded, int8, int16, int32, request, response, uuid } from '../schema.ts'

export const PushTelemetryRequest = request({
  name: 'PushTelemetryRequest',
  apiKey: 72,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  }),
})
export type PushTelemetryRequest = Decoded<typeof PushTelemetryRequest>

export const PushTelemetryResponse = response({
  name: 'PushTelemetryResponse',
  apiKey: 72,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
  }),
})
export type PushTelemetryResponse = Decoded<typeof PushTelemetryResponse>
