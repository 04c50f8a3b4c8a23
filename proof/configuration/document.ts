import { type CatalogueEntry, CONFIG_SCOPES, type ConfigScope, catalogue } from '../../src/config/index.ts'
import { proofs } from './proofs.ts'

const TITLES: Readonly<Record<ConfigScope, string>> = {
  broker: 'Brokers',
  topic: 'Topics',
  group: 'Groups',
  'client-metrics': 'Client metrics',
}

const HEAD = `# Configuration keys

<!-- Written by scripts/configuration-docs.ts; test/config/effects/effects.test.ts holds it to what is true. -->

Every configuration key of Apache Kafka 4.4.0, and samsa's own, with what it does here: **effective**, and the test that
proves it; **without effect**, accepted, checked and shown, but nothing changes, and why; or **refused**, any value but
the default is an error, and why. \`samsa configs\` prints the same and explains single keys.
`

/** The text of docs/configuration.md. */
export function documentOf(): string {
  const all = catalogue()
  const sections = CONFIG_SCOPES.map((scope) =>
    section(
      scope,
      all.filter((entry) => entry.scope === scope),
    ),
  )
  return [HEAD, summary(all), ...sections].join('\n')
}

function summary(all: readonly CatalogueEntry[]): string {
  const count = (scope: ConfigScope, effect: string) =>
    all.filter((entry) => entry.scope === scope && entry.effect === effect).length
  const rows = CONFIG_SCOPES.map((scope) => [
    TITLES[scope],
    ...['effective', 'without effect', 'refused'].map((effect) => String(count(scope, effect))),
  ])
  return table(['keys of', 'effective', 'without effect', 'refused'], rows)
}

function section(scope: ConfigScope, entries: readonly CatalogueEntry[]): string {
  const isBroker = scope === 'broker'
  const titles = ['key', 'type', 'default', ...(isBroker ? ["Apache's default", 'may change'] : []), 'effect']
  const rows = entries.map((entry) => [
    code(entry.name),
    entry.type,
    value(entry.default),
    ...(isBroker ? [apache(entry), entry.update === 'read-only' ? 'no' : entry.update] : []),
    effect(entry),
  ])
  return `## ${TITLES[scope]}\n\n${table(titles, rows)}`
}

const code = (text: string): string => `\`${text}\``
const value = (text: string | null): string => (text === null ? 'none' : text === '' ? 'empty' : code(text))

function apache({ default: own, apacheDefault }: CatalogueEntry): string {
  if (apacheDefault === undefined) return 'no such key'
  return apacheDefault === own ? 'the same' : value(apacheDefault)
}

function effect(entry: CatalogueEntry): string {
  if (entry.why !== null) return `**${entry.effect}**: ${entry.why}`
  for (const [file, list] of Object.entries(proofs)) {
    const proof = list.find(({ keys }) => keys[entry.scope]?.includes(entry.name))
    if (proof !== undefined) return `effective: [${proof.title.replace(/[[\]|]/g, '\\$&')}](../${file})`
  }
  return 'effective'
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [titles, titles.map(() => '---'), ...rows].map(line).join('')
}
