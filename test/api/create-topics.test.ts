/** CreateTopics for itself: what reaches the controller, on whose behalf and until when, and how errors are answered. */
import t from 'tap'
import { decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/create-topics.ts'
import type { Encodable } from '../../protocol/schema.ts'
import { createTopicsHandler } from '../../src/api/create-topics.ts'
import type { AdminRequestContext, AdminRequests } from '../../src/controller/admin-requests.ts'
import type { RequestContext } from '../../src/dispatch/handler.ts'
import { FakeClock } from '../server/support.ts'
import { facts } from '../support/facts.ts'
import { requestContext } from './support/api-bench.ts'
import { responseOf } from './support/outcome-of.ts'

const NOW_MS = 5_000

type Forwarded = { api: string; request: unknown; context: AdminRequestContext }

async function bench(answer: () => Encodable<typeof CreateTopicsResponse>) {
  const clock = new FakeClock()
  await clock.advance(NOW_MS)
  const forwarded: Forwarded[] = []
  const controller: AdminRequests = {
    forward: async (api, request, context) => {
      forwarded.push({ api, request, context })
      return answer()
    },
  }
  const handler = createTopicsHandler({ controller, clock })
  const ask = async (
    version: number,
    request: Encodable<typeof CreateTopicsRequest>,
    as: Partial<RequestContext> = {},
  ) => {
    const decoded = decodeMessage(CreateTopicsRequest, version, encodeMessage(CreateTopicsRequest, version, request))
    const response = await responseOf(handler, { ...requestContext(19, version), ...as }, decoded)
    return decodeMessage(CreateTopicsResponse, version, encodeMessage(CreateTopicsResponse, version, response))
  }
  return { ask, forwarded, handler }
}

const orders = { name: 'orders', numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }

t.test('versions are those that Kafka advertises', async (t) => {
  const { handler } = await bench(() => ({}))
  const { advertisedBroker } = facts('api-keys.json').apis.find(({ id }: { id: number }) => id === 19)
  t.strictSame({ min: handler.minVersion, max: handler.maxVersion }, advertisedBroker)
})

t.test('the controller gets the request as it came, with the client and the time that it gives', async (t) => {
  const { ask, forwarded } = await bench(() => ({ topics: [{ name: 'orders', errorCode: 0, numPartitions: 3 }] }))
  const connection = {
    ...requestContext(19, 7).connection,
    remoteAddress: '10.0.0.7',
    peer: { principal: { type: 'User', name: 'alice' }, softwareName: 'kcat', softwareVersion: '1' },
  }
  const answer = await ask(7, { topics: [orders], timeoutMs: 30_000, validateOnly: true }, { connection })
  t.match(answer.topics, [{ name: 'orders', errorCode: 0, numPartitions: 3 }])
  t.equal(forwarded.length, 1)
  t.match(forwarded[0], {
    api: 'CreateTopics',
    request: { topics: [orders], validateOnly: true },
    context: {
      apiVersion: 7,
      principal: { type: 'User', name: 'alice' },
      clientAddress: '10.0.0.7',
      deadlineMs: NOW_MS + 30_000,
    },
  })
})

t.test('a timeout in the past is one that is over now', async (t) => {
  const { ask, forwarded } = await bench(() => ({}))
  await ask(7, { topics: [orders], timeoutMs: -1 })
  t.equal(forwarded[0]?.context.deadlineMs, NOW_MS)
})

t.test('an error of the whole request is answered for every topic, with its words', async (t) => {
  const { ask } = await bench(() => {
    throw new KafkaError(ErrorCode.REQUEST_TIMED_OUT, 'The controller had no time.')
  })
  const { topics } = await ask(7, { topics: [orders, { ...orders, name: 'payments' }], timeoutMs: 1 })
  t.match(topics, [
    { name: 'orders', errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: 'The controller had no time.' },
    { name: 'payments', errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: 'The controller had no time.' },
  ])
})
