/**
 * ApiVersions: which versions of which APIs the broker speaks; the first request of a connection (KIP-35).
 *
 * The response always has header 0, and a request of an unknown version is answered in version 0 with
 * UNSUPPORTED_VERSION and the versions of this API (KIP-511).
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v3: name and version of the client's software (KIP-511); supported and finalized features (KIP-584).
 * - v4: a feature's lowest supported version may be 0 (KAFKA-17011).
 * - v5: the client says which cluster and which node it means to speak to (KIP-1242).
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const ApiVersionsRequest = request({
  name: 'ApiVersionsRequest',
  apiKey: 18,
  versions: '0-5',
  flexible: '3+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    clientSoftwareName: string('3+').ignorable(),
    clientSoftwareVersion: string('3+').ignorable(),
    clusterId: string('5+').nullable().default(null).ignorable(),
    nodeId: int32('5+').default(-1).ignorable(),
  }),
})
export type ApiVersionsRequest = Decoded<typeof ApiVersionsRequest>

export const ApiVersionsResponse = response({
  name: 'ApiVersionsResponse',
  apiKey: 18,
  versions: '0-5',
  flexible: '3+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16().mapKey(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32('1+').ignorable(),
    supportedFeatures: array('3+', {
      name: string().mapKey(),
      minVersion: int16(),
      maxVersion: int16(),
    })
      .tagged(0)
      .ignorable(),
    finalizedFeaturesEpoch: int64('3+').tagged(1).default(-1n).ignorable(),
    finalizedFeatures: array('3+', {
      name: string().mapKey(),
      maxVersionLevel: int16(),
      minVersionLevel: int16(),
    })
      .tagged(2)
      .ignorable(),
    zkMigrationReady: bool('3+').tagged(3).ignorable(),
  }),
})
export type ApiVersionsResponse = Decoded<typeof ApiVersionsResponse>
