/**
 * The headers that stand before every request and every response.
 *
 * A client id keeps its old two-byte length in header 2: the broker must be able to read the header of an ApiVersions
 * request of any version, also of one that it does not know (KIP-511). `frame.ts` tells which header a message has.
 */
import { type Decoded, header, int16, int32, string } from '../schema.ts'

export const RequestHeader = header({
  name: 'RequestHeader',
  versions: '1-2',
  flexible: '2+',
  fields: () => ({
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string().nullable().flexible('none'),
  }),
})
export type RequestHeader = Decoded<typeof RequestHeader>

export const ResponseHeader = header({
  name: 'ResponseHeader',
  versions: '0-1',
  flexible: '1+',
  fields: () => ({
    correlationId: int32(),
  }),
})
export type ResponseHeader = Decoded<typeof ResponseHeader>
