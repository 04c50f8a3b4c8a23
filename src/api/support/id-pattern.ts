import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { compileRe2, PatternSyntaxError } from '../../patterns/re2.ts'

/** Whether the whole of an id fits a pattern. */
export type IdPattern = (id: string) => boolean

/** A client's pattern in RE2's language; null for no pattern. `invalid` is the message for one that is not well formed. */
export function compileIdPattern(pattern: string | null, invalid: string): IdPattern | null {
  if (pattern === null || pattern === '') return null
  try {
    return compileRe2(pattern)
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error
    throw new KafkaError(ErrorCode.INVALID_REGULAR_EXPRESSION, invalid)
  }
}
