/**
 * ApiVersions (key 18): which APIs and versions this broker answers, and which features it knows and has finalized.
 *
 * The list is made from the handlers there are. A version that is not spoken is answered by the dispatcher, in version
 * 0 with UNSUPPORTED_VERSION. Neither features nor throttling are asked of a controller: the answer never waits.
 *
 * v1  throttle time
 * v3  flexible (the header of the response is not); client software name and version (KIP-511); features (KIP-584)
 * v4  features whose lowest level is 0 are listed too; older clients cannot read them (KAFKA-17492)
 * v5  which cluster and node the client means to speak to: another one answers REBOOTSTRAP_REQUIRED (KIP-1242)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/messages/api-versions.ts'
import type { Listener } from '../../protocol/schema.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'

export interface FeatureVersions {
  readonly supported: readonly { readonly name: string; readonly minVersion: number; readonly maxVersion: number }[]
  readonly finalized: readonly { readonly name: string; readonly level: number }[]
  /** The metadata offset at which the finalized ones were read; -1 before there are any. */
  readonly finalizedEpoch: bigint
}

/** A release in whose place this broker answers. */
export interface LikeRelease {
  /** The levels that it supports. */
  readonly features: ReadonlyMap<string, { readonly minVersion: number; readonly maxVersion: number }>
}

/** The broker that answers: clients of v5 compare it with what they were told before. */
export interface Identity {
  readonly clusterId: string
  readonly nodeId: number
}

export interface ApiVersionsServices {
  readonly identity: Identity
  /** The APIs that are implemented for listeners of this type, in the order of their keys. */
  apis(listener: Listener): readonly Pick<ApiHandler, 'apiKey' | 'minVersion' | 'maxVersion' | 'advertisedMinVersion'>[]
  features(): FeatureVersions
}

const FIRST_SOFTWARE_NAME_VERSION = 3
const FIRST_VERSION_OF_FEATURES_FROM_ZERO = 4
const FIRST_IDENTITY_VERSION = 5
const ANY_NODE = -1
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export function apiVersionsHandler(
  services: ApiVersionsServices,
): ApiHandler<typeof ApiVersionsRequest, typeof ApiVersionsResponse> {
  return {
    apiKey: 18,
    name: 'ApiVersions',
    request: ApiVersionsRequest,
    response: ApiVersionsResponse,
    minVersion: 0,
    maxVersion: 5,
    access: { needs: [] },

    handle({ apiVersion, connection }, request) {
      let { peer } = connection
      if (apiVersion >= FIRST_SOFTWARE_NAME_VERSION) {
        const { clientSoftwareName: softwareName, clientSoftwareVersion: softwareVersion } = request
        if (!SOFTWARE_NAME.test(softwareName) || !SOFTWARE_NAME.test(softwareVersion)) {
          throw new KafkaError(ErrorCode.INVALID_REQUEST)
        }
        peer = { ...peer, softwareName, softwareVersion }
      }
      if (apiVersion >= FIRST_IDENTITY_VERSION) checkIdentity(services.identity, request)
      const { supported, finalized, finalizedEpoch } = services.features()
      const response = {
        apiKeys: services
          .apis(connection.listenerType)
          .map(({ apiKey, minVersion, maxVersion, advertisedMinVersion }) => ({
            apiKey,
            minVersion: Math.min(advertisedMinVersion ?? minVersion, minVersion),
            maxVersion,
          })),
        supportedFeatures: supported.filter(
          ({ minVersion }) => minVersion > 0 || apiVersion >= FIRST_VERSION_OF_FEATURES_FROM_ZERO,
        ),
        finalizedFeaturesEpoch: finalizedEpoch,
        finalizedFeatures: finalized.map(({ name, level }) => ({
          name,
          minVersionLevel: level,
          maxVersionLevel: level,
        })),
      }
      return new Outcome<typeof ApiVersionsResponse>(response, { peer })
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}

/** A client that knows neither may say so; one that names only one of them is confused. */
function checkIdentity({ clusterId, nodeId }: Identity, expected: ApiVersionsRequest): void {
  if (expected.clusterId === null && expected.nodeId === ANY_NODE) return
  if (expected.clusterId === null || expected.nodeId === ANY_NODE) throw new KafkaError(ErrorCode.INVALID_REQUEST)
  if (expected.clusterId !== clusterId || expected.nodeId !== nodeId) {
    throw new KafkaError(ErrorCode.REBOOTSTRAP_REQUIRED)
  }
}
