import { apacheDocumentation, type CatalogueEntry, catalogue, nearestName } from '../../config/index.ts'
import { brokerDefinition } from '../../config/tables.ts'
import { Output } from '../output.ts'
import { formatTable } from '../table.ts'

export interface ConfigsOptions {
  readonly scope?: string
  readonly effect?: 'effective' | 'none' | 'refused'
  readonly documentation?: boolean
  readonly json?: boolean
}

type Words = (entry: CatalogueEntry) => string | null

/** Prints the keys that the words and options select; the exit code is 1 where there are none. */
export async function printConfigs(words: readonly string[], options: ConfigsOptions): Promise<number> {
  const all = catalogue()
  const entries = all.filter((entry) => isSelected(entry, words, options))
  if (entries.length === 0) {
    process.stderr.write(`samsa: ${nothingFound(words, all)}\n`)
    return 1
  }
  const isExact = words.length > 0 && words.every((word) => all.some(({ name }) => name === word))
  const explain = options.documentation || isExact ? await explanations() : null
  const output = new Output()
  if (options.json) for (const entry of entries) await output.json(asJson(entry, explain))
  else if (explain !== null) for (const entry of entries) await output.line(paragraph(entry, explain))
  else await output.line(formatTable(TITLES, entries.map(row)))
  await output.flush()
  return 0
}

function isSelected(entry: CatalogueEntry, words: readonly string[], { scope, effect }: ConfigsOptions): boolean {
  if (scope !== undefined && entry.scope !== scope) return false
  if (effect !== undefined && entry.effect !== (effect === 'none' ? 'without effect' : effect)) return false
  if (words.length === 0) return true
  return words.some((word) => entry.name === word || (!isName(word) && entry.name.includes(word)))
}

const names: ReadonlySet<string> = new Set(catalogue().map(({ name }) => name))
const isName = (word: string): boolean => names.has(word)

function nothingFound(words: readonly string[], all: readonly CatalogueEntry[]): string {
  const nearest = words.length === 1 ? nearestName(words[0] ?? '', [...new Set(all.map(({ name }) => name))]) : null
  return `There is no such configuration${nearest === null ? '.' : `; did you mean ${nearest}?`}`
}

const TITLES = ['OF', 'KEY', 'TYPE', 'DEFAULT', 'APACHE', 'UPDATE', 'EFFECT'] as const

/** A default of this length would push the columns behind it off the screen. */
const WIDEST_DEFAULT = 32

const row = (entry: CatalogueEntry): string[] => [
  entry.scope,
  entry.name,
  entry.type,
  shortened(valueText(entry.default)),
  shortened(apacheText(entry)),
  entry.update,
  effectText(entry),
]

const valueText = (value: string | null): string => (value === null ? '-' : value === '' ? '""' : value)

/** Nothing where Apache has the same default. */
function apacheText({ default: own, apacheDefault }: CatalogueEntry): string {
  if (apacheDefault === undefined) return 'no such key'
  return apacheDefault === own ? '' : valueText(apacheDefault)
}

const shortened = (text: string): string =>
  text.length <= WIDEST_DEFAULT ? text : `${text.slice(0, WIDEST_DEFAULT - 1)}…`

const effectText = ({ effect, why }: CatalogueEntry): string => (why === null ? effect : `${effect}: ${why}`)

function paragraph(entry: CatalogueEntry, explain: Words): string {
  const apache = apacheText(entry)
  const lines = [
    `${entry.name}  (${entry.scope}, ${entry.type}, ${entry.update})`,
    `  default: ${valueText(entry.default)}${apache === '' ? '' : `, in Apache: ${apache}`}`,
    `  ${effectText(entry)}`,
  ]
  const text = explain(entry)
  if (text !== null) lines.push(`  ${text}`)
  return `${lines.join('\n')}\n`
}

const asJson = (entry: CatalogueEntry, explain: Words | null) => ({
  ...entry,
  ...(explain !== null && { documentation: explain(entry) }),
})

/** The documentation of Apache's keys is large, and read only when it is to be printed. */
async function explanations(): Promise<Words> {
  const apache = await apacheDocumentation()
  return ({ scope, name }) => {
    const own = scope === 'broker' ? brokerDefinition(name)?.documentation : null
    const words = own ?? (scope === 'client-metrics' ? null : apache[scope][name]) ?? null
    return words === null ? null : withoutMarkup(words)
  }
}

/** Kafka's documentation is HTML. */
export const withoutMarkup = (html: string): string =>
  html
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()
