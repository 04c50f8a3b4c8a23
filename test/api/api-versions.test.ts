import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { apiVersionsHandler, type FeatureVersions } from '../../src/api/api-versions.ts'
import type { ConnectionContext, RequestContext } from '../../src/dispatch/handler.ts'
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
  apis: () => brokerAnswer.apiKeys,
  features: () => ({
    supported: brokerAnswer.supportedFeatures,
    finalized: brokerAnswer.finalizedFeatures.map(({ name, maxVersionLevel }) => ({ name, level: maxVersionLevel })),
    finalizedEpoch: BigInt(brokerAnswer.finalizedFeaturesEpoch),
  }),
})

const contextOf = (apiVersion: number) => {
  const connection = { clientSoftwareName: 'unknown', clientSoftwareVersion: 'unknown' } as ConnectionContext
  return { apiVersion, connection } as RequestContext
}
const client = (clientSoftwareName: string, clientSoftwareVersion: string) => ({
  clientSoftwareName,
  clientSoftwareVersion,
})

t.test('the answer of a live Apache broker', (t) => {
  const answer = handler.handle(contextOf(4), client('librdkafka', '2.3.0'))
  t.match(answer, {
    apiKeys: brokerAnswer.apiKeys,
    supportedFeatures: brokerAnswer.supportedFeatures,
    finalizedFeatures: brokerAnswer.finalizedFeatures,
    finalizedFeaturesEpoch: BigInt(brokerAnswer.finalizedFeaturesEpoch),
  })
  t.end()
})

t.test('before v4 features from level 0 are left out (KAFKA-17492)', (t) => {
  const answer = handler.handle(contextOf(3), client('a', '1')) as { supportedFeatures: { name: string }[] }
  t.same(
    answer.supportedFeatures.map(({ name }) => name),
    ['metadata.version'],
  )
  t.end()
})

t.test('the client software is remembered, and must have a name (KIP-511)', (t) => {
  const context = contextOf(3)
  handler.handle(context, client('apache-kafka-java', '4.3.1'))
  t.match(context.connection, client('apache-kafka-java', '4.3.1'))
  for (const wrong of ['', '-a', 'a-', 'a b', 'a_b', 'ä']) {
    t.throws(() => handler.handle(contextOf(3), client(wrong, '1')), { code: ErrorCode.INVALID_REQUEST }, wrong)
    t.throws(() => handler.handle(contextOf(4), client('a', wrong)), { code: ErrorCode.INVALID_REQUEST }, wrong)
  }
  t.doesNotThrow(() => handler.handle(contextOf(2), client('', '')), 'older versions have no name')
  t.end()
})
