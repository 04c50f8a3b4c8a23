import { loadModule } from '../../protocol/records/native.ts'

interface Re2 {
  RE2JS: { compile(pattern: string): { matches(text: string): boolean } }
  RE2JSSyntaxException: new () => Error & { getDescription(): string }
}

/** A pattern that is not one, with what is wrong about it. */
export class PatternSyntaxError extends Error {}

/**
 * A pattern in RE2's language, as Kafka has it, that the whole of a text must fit: matching takes linear time, whatever
 * a client wrote. The library is loaded when the first pattern comes. Throws `PatternSyntaxError`.
 */
export function compileRe2(pattern: string): (text: string) => boolean {
  const { RE2JS, RE2JSSyntaxException } = loadModule<Re2>('re2js')
  try {
    const compiled = RE2JS.compile(pattern)
    return (text) => compiled.matches(text)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    throw new PatternSyntaxError(error.getDescription())
  }
}
