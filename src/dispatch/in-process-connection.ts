/**
 * A connection of this process to its own broker: requests go through the dispatcher as those of a client do, in frames,
 * so that rules, permissions, the audit and quotas hold for them. Whoever calls has found out who the principal is.
 */
import type { ApiName, DecodedResponseOf, RequestFieldsOf } from '../../protocol/api-types.ts'
import { codec } from '../../protocol/compile.ts'
import { readResponseHeader, requestFrame } from '../../protocol/frame.ts'
import { type Api, apisByName } from '../../protocol/registry.ts'
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Clock } from '../env/index.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { ConnectionContext } from './handler.ts'
import type { HandlerRegistry } from './registry.ts'
import { Pending, type Reply } from './reply.ts'

const SIZE_BYTES = 4
/** The most that the records of one answer may take. */
const ANSWER_ROOM_BYTES = 64 * 1024 * 1024

/** The broker cannot be asked this, or has ended the request without an answer. The message is a sentence. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
}

export interface CallOptions {
  /** Absent: the newest that this broker speaks. */
  readonly version?: number
  readonly clientId?: string
  /** Aborted: nobody waits for the answer any more, and the call rejects. */
  readonly signal?: AbortSignal
}

export interface InProcessServices {
  readonly dispatcher: Dispatcher
  readonly handlers: HandlerRegistry
  readonly clock: Clock
}

export class InProcessConnection {
  readonly #services: InProcessServices
  readonly #context: ConnectionContext
  readonly #closers = new Set<() => void>()
  #correlationId = 0
  /** The time until which the broker does not listen, for a quota was exceeded (KIP-219). */
  #silentUntilMs = 0

  constructor(services: InProcessServices, surroundings: Omit<ConnectionContext, 'onClose' | 'sasl'>) {
    this.#services = services
    this.#context = {
      ...surroundings,
      sasl: null,
      onClose: (fn) => {
        this.#closers.add(fn)
        return () => this.#closers.delete(fn)
      },
    }
  }

  /**
   * Resolves to the response as a client would decode it, errors in it included; its bytes belong to the caller. Rejects
   * with a `CallFailed`. Fields that are left out have their defaults.
   */
  async call<Name extends ApiName>(
    name: Name,
    fields: RequestFieldsOf<Name>,
    { version, clientId = 'samsa-web', signal }: CallOptions = {},
  ): Promise<DecodedResponseOf<Name>> {
    const { clock, dispatcher, handlers } = this.#services
    const api = apisByName.get(name)
    const handler = api === undefined ? undefined : handlers.get(api.apiKey, this.#context.listenerType)
    if (api === undefined || handler === undefined) throw new CallFailed(`This broker does not serve ${name}.`)
    const apiVersion = version ?? handler.maxVersion
    const silenceMs = this.#silentUntilMs - clock.monotonicMs()
    if (silenceMs > 0) await new Promise<void>((resolve) => clock.schedule(silenceMs, resolve))
    signal?.throwIfAborted()
    const header = { correlationId: this.#correlationId++, clientId }
    const frame = Buffer.concat(requestFrame(api, apiVersion, header, unchecked<Encodable<MessageSchema>>(fields)))
    const close = (): void => this.close()
    signal?.addEventListener('abort', close)
    try {
      const reply = dispatcher.dispatch(this.#context, frame.subarray(SIZE_BYTES), ANSWER_ROOM_BYTES)
      const settled = reply instanceof Pending ? await aborted(reply, signal) : reply
      // The handler of an API answers with the response of that API.
      return unchecked<DecodedResponseOf<Name>>(this.#decode(api, apiVersion, settled))
    } finally {
      signal?.removeEventListener('abort', close)
    }
  }

  #decode(api: Api, version: number, reply: Reply): object {
    this.#silentUntilMs = this.#services.clock.monotonicMs() + reply.throttleTimeMs
    if (reply.frame === null) throw new CallFailed(`The broker ended the request ${api.name} without an answer.`)
    const frame = Buffer.concat(reply.frame)
    releaseAll(reply.lent)
    const { reader } = readResponseHeader(api, version, frame.subarray(SIZE_BYTES))
    return codec(api.response, version).decode(reader)
  }

  /** Requests that wait by design end, and so does what the broker keeps for a connection. It may be used again. */
  close(): void {
    for (const fn of [...this.#closers]) fn()
    this.#closers.clear()
  }
}

/** Settles with the reply, or rejects once the signal is aborted; the reply's bytes are given back then too. */
function aborted({ reply }: Pending, signal: AbortSignal | undefined): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', giveUp, { once: true })
    void reply.then((settled) => {
      signal?.removeEventListener('abort', giveUp)
      if (signal?.aborted) releaseAll(settled.lent)
      else resolve(settled)
    })
  })
}
