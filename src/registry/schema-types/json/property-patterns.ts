import { loadRe2 } from '../../../patterns/re2-library.ts'
import { re2Size } from '../../../patterns/re2-size.ts'

type Matcher = (name: string) => boolean

/** With its counts written out a pattern is larger than its text; one that is larger than this fits no name. */
const LARGEST = 10_000

/**
 * The patterns of `patternProperties`. They are a stranger's, and so are the names that they are held to: RE2 takes a time
 * that their lengths bound, where a search that goes back could take for ever. A pattern that RE2 does not know (it looks
 * ahead, or back to what a group has matched) fits no name, as one that is no pattern.
 */
export class PropertyPatterns {
  readonly #matchers = new Map<string, Matcher>()

  /** Whether the pattern is found somewhere in the name. */
  fits(pattern: string, name: string): boolean {
    let matcher = this.#matchers.get(pattern)
    if (matcher === undefined) this.#matchers.set(pattern, (matcher = matcherOf(pattern)))
    return matcher(name)
  }
}

function matcherOf(pattern: string): Matcher {
  if (re2Size(pattern) > LARGEST) return () => false
  const { RE2JS } = loadRe2()
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    return (name) => compiled.test(name)
  } catch {
    return () => false
  }
}
