/**
 * Requests that a program makes to the broker in its own process: the same messages, versions and handlers as over the
 * wire, without a connection. No rule and no authorizer stands before them.
 */

import type { ApiName, DecodedResponseOf, RequestFieldsOf } from '../../protocol/api-types.ts'
import { decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { EVERYTHING } from '../dispatch/access.ts'
import type { ConnectionContext, RequestContext } from '../dispatch/handler.ts'
import { Outcome, Staged } from '../dispatch/outcome.ts'
import type { HandlerRegistry } from '../dispatch/registry.ts'
import { releaseAll } from '../env/slab-pool.ts'
import { ANONYMOUS } from '../security/principal.ts'

const CLIENT_ID = 'samsa-in-process'
/** As much as the broker may lend to an answer. */
const ANSWER_ROOM_BYTES = 256 * 1024 * 1024

const CONNECTION: ConnectionContext = {
  id: 'in-process',
  listenerName: 'PLAINTEXT',
  listenerType: 'broker',
  securityProtocol: 'PLAINTEXT',
  localAddress: '127.0.0.1',
  localPort: 0,
  remoteAddress: '127.0.0.1',
  remotePort: 0,
  peer: { principal: ANONYMOUS, softwareName: 'samsa', softwareVersion: '' },
  sasl: null,
  // It lasts as long as the broker.
  onClose: () => () => {},
}

export class InProcessClient {
  readonly #handlers: HandlerRegistry

  constructor(handlers: HandlerRegistry) {
    this.#handlers = handlers
  }

  /** Resolves to the response as a client would decode it. Its bytes belong to the caller. */
  async call<Api extends ApiName>(api: Api, fields: RequestFieldsOf<Api>): Promise<DecodedResponseOf<Api>> {
    const handler = this.#handlers.all().find(({ name }) => name === api)
    if (handler === undefined) throw new Error(`This broker does not serve ${api}.`)
    const { apiKey, maxVersion: apiVersion, request, response } = handler
    const context: RequestContext = {
      apiKey,
      apiVersion,
      correlationId: 0,
      clientId: CLIENT_ID,
      connection: CONNECTION,
      permissions: EVERYTHING,
      quota: null,
      requestBytes: 0,
      answerRoomBytes: ANSWER_ROOM_BYTES,
    }
    const requested = copied(request, apiVersion, unchecked<Encodable<MessageSchema>>(fields))
    const answer = handler.handle(context, requested)
    const settled = answer instanceof Staged ? await answer.outcome : await answer
    const outcome = settled instanceof Outcome ? settled : new Outcome(settled)
    try {
      // The handler of an API answers with the response of that API.
      return unchecked<DecodedResponseOf<Api>>(copied(response, apiVersion, outcome.response ?? {}))
    } finally {
      releaseAll(outcome.lent)
    }
  }
}

/** A message as it would be after a journey: every field, in bytes of its own. */
function copied(schema: MessageSchema, version: number, message: Encodable<MessageSchema>): Decoded<MessageSchema> {
  return decodeMessage(schema, version, encodeMessage(schema, version, message))
}
