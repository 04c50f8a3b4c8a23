/** Requests judged by declarations: what never reaches the handler, and how it is answered. */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/messages/delete-records.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { type Access, EVERYTHING, type Permissions } from '../../src/dispatch/access.ts'
import type { ApiHandler } from '../../src/dispatch/handler.ts'
import { type Judge, judged } from '../../src/dispatch/judgment.ts'
import { Outcome, Staged } from '../../src/dispatch/outcome.ts'
import { requestContext } from '../api/support/api-bench.ts'

type Handler = ApiHandler<typeof DeleteRecordsRequest, typeof DeleteRecordsResponse>

/** `OPERATION RESOURCE name`, with `!` where a denial is audited. */
let asked: string[] = []

function permissions(...granted: string[]): Permissions {
  const has = (text: string) => granted.includes(text)
  return {
    allows: (operation, resource, name, quietly) => {
      asked.push(`${operation} ${resource} ${name}${quietly ? '' : '!'}`)
      return has(`${operation} ${resource} ${name}`)
    },
    allowsOnAny: (operation, resource) => has(`${operation} ${resource} any`),
    operations: () => 0,
  }
}

function run(access: Access<{ topics: { name: string }[] }>, allowed: Permissions, names: string[], wrap = 'plain') {
  asked = []
  const reached: string[] = []
  const handler: Handler = {
    apiKey: 21,
    name: 'DeleteRecords',
    request: DeleteRecordsRequest,
    response: DeleteRecordsResponse,
    minVersion: 0,
    maxVersion: 2,
    access: access as Handler['access'],
    handle: (_context, { topics }) => {
      reached.push(...topics.map(({ name }) => name))
      const response = { throttleTimeMs: 7, topics: topics.map(({ name }) => ({ name })) }
      if (wrap === 'staged') return new Staged(null, Promise.resolve(response))
      if (wrap === 'outcome') return new Outcome(response, { closeReason: 'why' })
      return wrap === 'later' ? Promise.resolve(response) : response
    },
    errorResponse: (_context, { topics }, errorCode) => ({
      topics: topics.map(({ name }) => ({ name, partitions: [{ partitionIndex: 0, errorCode }] })),
    }),
  }
  const judge: Judge = { permissions: () => allowed, topicName: (id) => (id === 'known' ? 'a' : null) }
  const context = { ...requestContext(21, 2), permissions: allowed }
  const request = { topics: names.map((name) => ({ name, partitions: [] })), timeoutMs: 0 }
  return { answer: judged(judge, unchecked<ApiHandler>(handler), context, request as never), reached }
}

const names = ({ topics }: { topics: { name: string }[] }) => topics.map(({ name }) => name)
const OF_ITEM: Access<{ topics: { name: string }[] }> = {
  needs: [{ operation: 'DELETE', resource: 'TOPIC', names, refused: 'item' }],
  items: { request: 'topics', response: 'topics' },
}
const refusedTopic = (name: string) => ({
  name,
  partitions: [{ partitionIndex: 0, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }],
})

t.test('the first need that refuses a request decides its error', (t) => {
  const access: Access<{ topics: { name: string }[] }> = {
    needs: [
      { operation: 'READ', resource: 'GROUP', names: () => ['g'], refused: 'request' },
      { operation: 'ALTER', resource: 'CLUSTER', refused: 'request' },
      { operation: 'CREATE', resource: 'CLUSTER', when: () => false, refused: 'request' },
    ],
  }
  const error = (granted: Permissions) => {
    const { answer, reached } = run(access, granted, ['a'])
    const topics = (answer as { topics: { partitions?: { errorCode: number }[] }[] }).topics
    return [topics[0]?.partitions?.[0]?.errorCode, reached]
  }
  t.strictSame(error(permissions()), [ErrorCode.GROUP_AUTHORIZATION_FAILED, []])
  t.strictSame(error(permissions('READ GROUP g')), [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, []])
  t.strictSame(error(permissions('READ GROUP g', 'ALTER CLUSTER kafka-cluster')), [undefined, ['a']])
  t.end()
})

t.test(
  'another permission will do: one of the cluster is asked for first, one on any resource last, both quietly',
  (t) => {
    const access: Access<{ topics: { name: string }[] }> = {
      needs: [
        {
          operation: 'IDEMPOTENT_WRITE',
          resource: 'CLUSTER',
          unless: [
            { operation: 'ALTER', resource: 'CLUSTER' },
            { operation: 'WRITE', resource: 'TOPIC', onAny: true },
          ],
          refused: 'request',
        },
      ],
    }
    t.strictSame(run(access, permissions('WRITE TOPIC any'), ['a']).reached, ['a'])
    const own = 'IDEMPOTENT_WRITE CLUSTER kafka-cluster'
    t.strictSame(asked, ['ALTER CLUSTER kafka-cluster', own])
    t.strictSame(run(access, permissions(), ['a']).reached, [])
    t.strictSame(asked, ['ALTER CLUSTER kafka-cluster', own, `${own}!`])
    t.end()
  },
)

t.test('refused items are answered, and nothing of them reaches the handler', async (t) => {
  for (const wrap of ['plain', 'later', 'staged', 'outcome']) {
    const { answer, reached } = run(OF_ITEM, permissions('DELETE TOPIC b'), ['a', 'b', 'c'], wrap)
    t.strictSame(reached, ['b'])
    const settled = await (answer instanceof Staged ? answer.outcome : answer)
    const response = settled instanceof Outcome ? settled.response : settled
    t.strictSame(response, { throttleTimeMs: 7, topics: [{ name: 'b' }, refusedTopic('a'), refusedTopic('c')] }, wrap)
    if (wrap === 'outcome') t.equal((settled as Outcome).closeReason, 'why')
  }
  const none = run(OF_ITEM, permissions(), ['a'])
  t.strictSame(none.reached, [])
  t.strictSame(none.answer, { topics: [refusedTopic('a')] })
})

t.test('items of one name are the handler’s to refuse', (t) => {
  const access = { ...OF_ITEM, items: { ...OF_ITEM.items!, nameOf: ({ name }: { name: string }) => name } }
  t.strictSame(run(access, permissions(), ['a', 'b', 'a']).reached, ['a', 'a'])
  t.end()
})

t.test('topics by id are judged by their names, and unknown ones not at all', (t) => {
  const access: Access<{ topics: { name: string }[] }> = {
    needs: [{ operation: 'DELETE', resource: 'TOPIC', topicIds: names, refused: 'item' }],
    items: { request: 'topics', response: 'topics' },
  }
  t.strictSame(run(access, permissions(), ['known', 'unknown']).reached, ['unknown'])
  t.end()
})

t.test('where there is no authorizer everything is allowed and told', (t) => {
  t.ok(EVERYTHING.allows('READ', 'TOPIC', 'a'))
  t.ok(EVERYTHING.allowsOnAny('WRITE', 'TOPIC'))
  t.equal(EVERYTHING.operations('TRANSACTIONAL_ID', 't'), (1 << 4) | (1 << 8) | (1 << 15))
  t.end()
})
