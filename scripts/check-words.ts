/**
 * Comments name the thing they speak of: one that begins with "What", "Of", "Those", "Who" or the like leaves its noun to
 * be guessed from the line below. Begin with the noun.
 */
import { finish, readSources } from './support/sources.ts'

const FRAGMENT = /^(What|Whatever|Of|Those|Who|Whoever|Whose|Such|That which)\b/
/** The first words of a comment: behind its opening, or in the line below it. */
const COMMENT = /^[^'"`\n]*?(?:\/\*\*[ \n]\s*(?:\* )?|(?<!\/\/[^\n]*\n[ ]*)\/\/ )([^\n]+)/gm

const findings: string[] = []
for (const { path, text } of readSources(['src', 'protocol', 'proof', 'scripts', 'test', 'compat-tests'])) {
  for (const match of text.matchAll(COMMENT)) {
    const [, words = ''] = match
    if (!FRAGMENT.test(words)) continue
    const line = text.slice(0, match.index + match[0].length).split('\n').length
    findings.push(`${path}:${line} begins with a fragment: "${words}"`)
  }
}
finish(findings, 'words')
