import { loadRe2 } from './re2-library.ts'
import { withoutNestedCounts } from './re2-repeats.ts'
import { re2Size } from './re2-size.ts'

/** The library's refusal of a count beyond 1,000, or of counts in counts that multiply to more. */
const INVALID_COUNT = 'invalid repeat count'
/**
 * More than a text of Kafka's protocol has letters, so that counts alone make a pattern larger. RE2/J takes what the heap
 * does, on one of many threads.
 */
const LARGEST = 100_000
const TOO_LARGE = 'expression too large'

/** A pattern that is not one, with what is wrong about it. */
export class PatternSyntaxError extends Error {}

/**
 * A pattern in RE2's language, as Kafka has it, that the whole of a text must fit: matching takes linear time, whatever
 * a client wrote. The library is loaded when the first pattern comes. Throws `PatternSyntaxError`.
 */
export function compileRe2(pattern: string): (text: string) => boolean {
  if (re2Size(pattern) > LARGEST) throw new PatternSyntaxError(TOO_LARGE)
  const { RE2JS, RE2JSSyntaxException } = loadRe2()
  const compile = (written: string): ((text: string) => boolean) => {
    const compiled = RE2JS.compile(written)
    return (text) => compiled.matches(text)
  }
  try {
    return compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const described = error.getDescription()
    const other = described === INVALID_COUNT ? withoutNestedCounts(pattern) : null
    if (other !== null && other !== pattern) return compileOr(described, () => compile(other))
    throw new PatternSyntaxError(described)
  }
}

/** The complaint is about the pattern as the client wrote it. */
function compileOr<Result>(described: string, compile: () => Result): Result {
  try {
    return compile()
  } catch {
    throw new PatternSyntaxError(described)
  }
}
