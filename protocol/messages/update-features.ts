/**
 * UpdateFeatures: finalize features at other levels (KIP-584).
 *
 * - v1: validate only; upgrade type (KIP-778). v2: one error for all instead of one a feature (KIP-1022).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const UpdateFeaturesRequest = request({
  name: 'UpdateFeaturesRequest',
  apiKey: 57,
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    timeoutMs: int32().default(60000),
    featureUpdates: array({
      feature: string().mapKey(),
      maxVersionLevel: int16(),
      allowDowngrade: bool('0'),
      upgradeType: int8('1+').default(1),
    }),
    validateOnly: bool('1+'),
  }),
})
export type UpdateFeaturesRequest = Decoded<typeof UpdateFeaturesRequest>

export const UpdateFeaturesResponse = response({
  name: 'UpdateFeaturesResponse',
  apiKey: 57,
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
    results: array('0-1', {
      feature: string().mapKey(),
      errorCode: int16(),
      errorMessage: string().nullable(),
    }).ignorable(),
  }),
})
export type UpdateFeaturesResponse = Decoded<typeof UpdateFeaturesResponse>
