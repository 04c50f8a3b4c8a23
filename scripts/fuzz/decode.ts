import { codec } from '../../protocol/compile.ts'
import { readRequestHeader } from '../../protocol/frame.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'

/** `unsupported`: an API or version that is not spoken, which is judged before the body is read. */
export type Verdict = 'accept' | 'reject' | 'unsupported'

/** What samsa makes of a request; throws only for what must never happen. */
export function decodeRequest(frame: Buffer): Verdict {
  try {
    const { api, header, reader } = readRequestHeader(frame)
    const { minVersion, maxVersion } = api.request
    if (header.requestApiVersion < minVersion || header.requestApiVersion > maxVersion) return 'unsupported'
    codec(api.request, header.requestApiVersion).decode(reader)
    return 'accept'
  } catch (error) {
    if (error instanceof ProtocolError) return 'reject'
    throw error
  }
}
