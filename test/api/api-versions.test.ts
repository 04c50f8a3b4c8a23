import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import type { ApiVersionsResponse } from '../../protocol/messages/api-versions.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { apiVersionsHandler, type FeatureVersions } from '../../src/api/api-versions.ts'
import type { ConnectionContext, RequestContext } from '../../src/dispatch/handler.ts'
import type { Outcome } from '../../src/dispatch/outcome.ts'
import { facts } from '../support/facts.ts'

interface Ranges {
  apiKey: number
  minVersion: number
  maxVersion: number
}

const brokerAnswer: {
  apiKeys: Ranges[]
  supportedFeatures: FeatureVersions['supported']
  finalizedFeatures: { name: string; maxVersionLevel: number; minVersionLevel: number }[]
  finalizedFeaturesEpoch: string
} = facts('api-keys.json').brokerAnswer

const handler = apiVersionsHandler({
  identity: { clusterId: 'cluster', nodeId: 7 },
  apis: () => brokerAnswer.apiKeys.map((ranges) => ({ ...ranges, request: apisByKey.get(ranges.apiKey)!.request })),
  features: () => ({
    supported: brokerAnswer.supportedFeatures,
    finalized: brokerAnswer.finalizedFeatures.map(({ name, maxVersionLevel }) => ({ name, level: maxVersionLevel })),
    finalizedEpoch: BigInt(brokerAnswer.finalizedFeaturesEpoch),
  }),
})

const contextOf = (apiVersion: number) => {
  const peer = { principal: { type: 'User', name: 'alice' }, softwareName: 'unknown', softwareVersion: 'unknown' }
  return { apiVersion, connection: { peer, listenerType: 'broker' } as ConnectionContext } as RequestContext
}
const handle = (version: number, request: ReturnType<typeof client>) => {
  return handler.handle(contextOf(version), request) as Outcome<typeof ApiVersionsResponse>
}
const client = (clientSoftwareName: string, clientSoftwareVersion: string) => ({
  clientSoftwareName,
  clientSoftwareVersion,
  clusterId: null as string | null,
  nodeId: -1,
})

t.test('the answer of a live Apache broker', (t) => {
  const answer = handle(4, client('librdkafka', '2.3.0')).response
  t.match(answer, {
    apiKeys: brokerAnswer.apiKeys,
    supportedFeatures: brokerAnswer.supportedFeatures,
    finalizedFeatures: brokerAnswer.finalizedFeatures,
    finalizedFeaturesEpoch: BigInt(brokerAnswer.finalizedFeaturesEpoch),
  })
  t.end()
})

t.test('before v4 features from level 0 are left out (KAFKA-17492)', (t) => {
  const { response } = handle(3, client('a', '1'))
  t.same(
    response?.supportedFeatures?.map(({ name }) => name),
    ['metadata.version'],
  )
  t.end()
})

t.test('from v5 on the client says whom it means to speak to (KIP-1242)', (t) => {
  const asked = (clusterId: string | null, nodeId: number, name = 'a') =>
    handle(5, { ...client(name, '1'), clusterId, nodeId }).response
  t.match(asked(null, -1), { apiKeys: brokerAnswer.apiKeys }, 'it does not know yet')
  t.match(asked('cluster', 7), { apiKeys: brokerAnswer.apiKeys })
  for (const [clusterId, nodeId] of [
    ['cluster', -1],
    [null, 7],
  ] as const) {
    t.throws(() => asked(clusterId, nodeId), { code: ErrorCode.INVALID_REQUEST }, 'half of it')
  }
  for (const [clusterId, nodeId] of [
    ['other', 7],
    ['cluster', 8],
    ['', 7],
  ] as const) {
    t.throws(() => asked(clusterId, nodeId), { code: ErrorCode.REBOOTSTRAP_REQUIRED })
  }
  t.throws(() => asked('other', 8, 'a b'), { code: ErrorCode.INVALID_REQUEST }, 'the name is judged first')
  t.doesNotThrow(() => handle(4, { ...client('a', '1'), clusterId: 'other', nodeId: 8 }))
  t.end()
})

t.test('the client software is remembered, and must have a name (KIP-511)', (t) => {
  t.strictSame(handle(3, client('apache-kafka-java', '4.4.0')).peer, {
    principal: { type: 'User', name: 'alice' },
    softwareName: 'apache-kafka-java',
    softwareVersion: '4.4.0',
  })
  for (const wrong of ['', '-a', 'a-', 'a b', 'a_b', 'ä']) {
    t.throws(() => handle(3, client(wrong, '1')), { code: ErrorCode.INVALID_REQUEST }, wrong)
    t.throws(() => handle(4, client('a', wrong)), { code: ErrorCode.INVALID_REQUEST }, wrong)
  }
  t.doesNotThrow(() => handle(2, client('', '')), 'older versions have no name')
  t.end()
})
