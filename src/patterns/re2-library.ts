import { loadModule } from '../../protocol/records/native.ts'

/** The used part of re2js, a port of RE2/J. */
interface Re2 {
  readonly RE2JS: {
    /** A pattern of JavaScript's in RE2's language. */
    translateRegExp(pattern: string): string
    compile(pattern: string): {
      /** Whether the whole of the text fits. */
      matches(text: string): boolean
      /** Whether some of it does. */
      test(text: string): boolean
    }
  }
  readonly RE2JSSyntaxException: new () => Error & { getDescription(): string }
}

/** Loaded when the first pattern comes. */
export const loadRe2 = (): Re2 => loadModule<Re2>('re2js')
