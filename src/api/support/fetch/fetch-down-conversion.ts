/** Fetch before v4: what was read, in the format that the client knows (`samsa.legacy.protocol`). */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { MAGIC_V0, MAGIC_V1 } from '../../../../protocol/records/batch.ts'
import { downConvert } from '../../../../protocol/records/down-convert.ts'
import type { FetchResult } from '../../../replication/fetch-session.ts'

export const FIRST_MAGIC_2_VERSION = 4
const FIRST_MAGIC_1_VERSION = 2

/** A partition whose records cannot be said in the older format is answered with an error, the others as they are. */
export function inOldFormat(result: FetchResult, version: number): FetchResult {
  if (result.records.length === 0) return result
  const magic = version < FIRST_MAGIC_1_VERSION ? MAGIC_V0 : MAGIC_V1
  try {
    const converted = downConvert(Buffer.concat(result.records), magic, BigInt(result.request.fetchOffset))
    return { ...result, records: [converted] }
  } catch (error) {
    const errorCode = error instanceof KafkaError ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR
    return { ...result, errorCode, records: [] }
  }
}
