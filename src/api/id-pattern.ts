import { ErrorCode, KafkaError } from '../../protocol/errors.ts'

/** Whether the whole of an id fits a pattern. */
export type IdPattern = (id: string) => boolean

/**
 * A client's pattern in RE2's language, as Kafka has it: matching takes linear time, whatever the client wrote. Null for
 * no pattern. The library is loaded when the first pattern comes.
 */
export async function compileIdPattern(pattern: string | null, invalid: string): Promise<IdPattern | null> {
  if (pattern === null || pattern === '') return null
  const { RE2JS, RE2JSException } = await import('re2js')
  try {
    const compiled = RE2JS.compile(pattern)
    return (id) => compiled.matches(id)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new KafkaError(ErrorCode.INVALID_REGULAR_EXPRESSION, invalid)
  }
}
