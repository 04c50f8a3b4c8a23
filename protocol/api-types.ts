/** The types of requests and responses by the names of their APIs: `RequestOf<'Produce'>`. */
import type * as messages from './messages/index.ts'
import type { Decoded, Encodable, MessageSchema } from './schema.ts'

type Messages = typeof messages
type Schema<Name extends string> = Name extends keyof Messages
  ? Messages[Name] extends MessageSchema
    ? Messages[Name]
    : never
  : never

/** The APIs of Kafka 4.4: `Produce`, `Fetch` … */
export type ApiName = {
  [Name in keyof Messages & string]: Name extends `${infer Api}Request`
    ? `${Api}Response` extends keyof Messages
      ? Api
      : never
    : never
}[keyof Messages & string]

/** A request as it was decoded: every field, those that its version lacks at their default. */
export type RequestOf<Api extends ApiName> = Api extends ApiName ? Decoded<Schema<`${Api}Request`>> : never
/** A request to be sent: any of the fields; an absent one takes its default. */
export type RequestFieldsOf<Api extends ApiName> = Api extends ApiName ? Encodable<Schema<`${Api}Request`>> : never
/** A response as a client decodes it. */
export type DecodedResponseOf<Api extends ApiName> = Api extends ApiName ? Decoded<Schema<`${Api}Response`>> : never
/** A response to be sent: any of the fields; an absent one takes its default. */
export type ResponseOf<Api extends ApiName> = Api extends ApiName ? Encodable<Schema<`${Api}Response`>> : never
