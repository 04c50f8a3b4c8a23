/**
 * The format of java.util.Properties, in which every Kafka configuration file is written: `key=value`, `key: value` or
 * `key value`; comments with # or !; a backslash at the end of a line goes on in the next; \t \n \r \f \uXXXX, and a
 * backslash before anything else stands for that character. The last value of a key wins.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const keyEnd = endOfKey(line)
    let valueStart = keyEnd
    while (isBlank(line[valueStart])) valueStart++
    if (line[valueStart] === '=' || line[valueStart] === ':') {
      valueStart++
      while (isBlank(line[valueStart])) valueStart++
    }
    properties.set(unescaped(line.slice(0, keyEnd)), unescaped(line.slice(valueStart)))
  }
  return properties
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\f'

const trimStart = (line: string): string => line.replace(/^[ \t\f]+/, '')

/** Lines without comments and blank ones, each joined with what continues it. A comment cannot be continued. */
function* logicalLines(text: string): Generator<string> {
  let joined: string | null = null
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = trimStart(natural)
    if (joined === null && (line === '' || line[0] === '#' || line[0] === '!')) continue
    const whole: string = (joined ?? '') + line
    // An even number of backslashes at the end are escaped backslashes, not a continuation.
    const continues = (/\\*$/.exec(whole)?.[0].length ?? 0) % 2 === 1
    joined = continues ? whole.slice(0, -1) : null
    if (!continues) yield whole
  }
  if (joined !== null && joined !== '') yield joined
}

/** Where the key ends: at the first separator that no backslash protects. */
function endOfKey(line: string): number {
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') i++
    else if (line[i] === '=' || line[i] === ':' || isBlank(line[i])) return i
  }
  return line.length
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_all, hex: string | undefined, char: string) =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
