import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'

/** A request; a function of the version where one says in other fields what another does. */
export type RequestBody<Q extends MessageSchema> = Encodable<Q> | ((version: number) => Encodable<Q>)

export interface RequestOptions {
  timeoutMs?: number
  /** Nothing above, where a later version means something else. */
  maxVersion?: number
  /**
   * Called before the answer is: its bytes and records are views on this frame, which is the caller's to release
   * (`env/slab-pool`) when nobody looks at them any more. A frame that nobody releases is the collector's.
   */
  lent?: (frame: Buffer) => void
}

/** A broker that can be asked something. */
export interface Requests {
  /** As `host:port`. */
  readonly address: string
  /** Rejects with a `ClientError`. */
  request<Q extends MessageSchema, S extends MessageSchema>(
    request: Q,
    response: S,
    body: RequestBody<Q>,
    options?: RequestOptions,
  ): Promise<Decoded<S>>
}
