import { codec } from '../../protocol/compile.ts'
import { readRequestHeader } from '../../protocol/frame.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'

/** `unsupported`: an API or version that Apache 4 does not speak, which it judges before it reads the body. */
export type Verdict = 'accept' | 'reject' | 'unsupported'

/** samsa's reading of a request; throws only for what must never happen. */
export function decodeRequest(frame: Buffer): Verdict {
  try {
    const { api, header, reader } = readRequestHeader(frame)
    const { oldestVersion, minVersion, maxVersion } = api.request
    const version = header.requestApiVersion
    if (version < oldestVersion || version > maxVersion) return 'unsupported'
    codec(api.request, version).decode(reader)
    return version < minVersion ? 'unsupported' : 'accept'
  } catch (error) {
    if (error instanceof ProtocolError) return 'reject'
    throw error
  }
}
