/** The parts of a version beside its schema: metadata and rules, which the registry keeps, merges and never runs. */
import { compareText } from './subject-name.ts'

export interface Metadata {
  readonly tags?: Readonly<Record<string, readonly string[]>>
  readonly properties?: Readonly<Record<string, string>>
  readonly sensitive?: readonly string[]
}

export interface Rule {
  readonly name?: string
  readonly doc?: string
  readonly kind?: string
  readonly mode?: string
  readonly type?: string
  readonly tags?: readonly string[]
  readonly params?: Readonly<Record<string, string>>
  readonly expr?: string
  readonly onSuccess?: string
  readonly onFailure?: string
  readonly disabled?: boolean
}

export interface RuleSet {
  readonly migrationRules?: readonly Rule[]
  readonly domainRules?: readonly Rule[]
  readonly encodingRules?: readonly Rule[]
  readonly enableAt?: string
}

/** The property that says which version this is, for clients that ask by it. */
const VERSION_PROPERTY = 'confluent:version'

const MOST_NAME_CHARACTERS = 256
const MIGRATION_MODES = new Set(['UPGRADE', 'DOWNGRADE', 'UPDOWN'])
const DATA_MODES = new Set(['WRITE', 'READ', 'WRITEREAD'])
const MODES_OF_SEVERAL_ACTIONS = new Set(['WRITEREAD', 'UPDOWN'])

/** Metadata as they are kept: names and tags in order, each once. Null stays null, which is not the same as empty. */
export function normalMetadata(metadata: Metadata | null | undefined): Metadata | null {
  if (metadata === null || metadata === undefined) return null
  const { tags = {}, properties = {}, sensitive = [] } = metadata
  return {
    tags: Object.fromEntries(sorted(tags).map(([path, names]) => [path, sortedSet(names)])),
    properties: Object.fromEntries(sorted(properties)),
    sensitive: sortedSet(sensitive),
  }
}

/** Rules as they are kept, each with the defaults of what it does not say. */
export function normalRuleSet(ruleSet: RuleSet | null | undefined): RuleSet | null {
  if (ruleSet === null || ruleSet === undefined) return null
  const { migrationRules, domainRules, encodingRules, enableAt } = ruleSet
  return {
    migrationRules: (migrationRules ?? []).map(normalRule),
    domainRules: (domainRules ?? []).map(normalRule),
    encodingRules: (encodingRules ?? []).map(normalRule),
    ...(enableAt === undefined || enableAt === null ? {} : { enableAt }),
  }
}

const normalRule = (rule: Rule): Rule => ({
  name: rule.name,
  doc: rule.doc,
  kind: rule.kind ?? 'TRANSFORM',
  mode: rule.mode ?? 'WRITEREAD',
  type: rule.type,
  tags: sortedSet(rule.tags ?? []),
  params: Object.fromEntries(sorted(rule.params ?? {})),
  expr: rule.expr,
  onSuccess: rule.onSuccess,
  onFailure: rule.onFailure,
  disabled: rule.disabled ?? false,
})

const sorted = <T>(entries: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(entries).sort(([a], [b]) => compareText(a, b))

const sortedSet = (names: readonly string[]): string[] => [...new Set(names)].sort(compareText)

/** `later` over `earlier`, part by part and name by name. */
export function mergeMetadata(earlier: Metadata | null, later: Metadata | null): Metadata | null {
  if (earlier === null || later === null) return later ?? earlier
  return normalMetadata({
    tags: { ...earlier.tags, ...later.tags },
    properties: { ...earlier.properties, ...later.properties },
    sensitive: [...(earlier.sensitive ?? []), ...(later.sensitive ?? [])],
  })
}

/** The rules of both; of two with one name, the later one. */
export function mergeRuleSets(earlier: RuleSet | null, later: RuleSet | null): RuleSet | null {
  if (earlier === null || later === null) return later ?? earlier
  const enableAt = later.enableAt ?? earlier.enableAt
  return {
    migrationRules: mergeRules(earlier.migrationRules, later.migrationRules),
    domainRules: mergeRules(earlier.domainRules, later.domainRules),
    encodingRules: mergeRules(earlier.encodingRules, later.encodingRules),
    ...(enableAt === undefined ? {} : { enableAt }),
  }
}

function mergeRules(earlier: readonly Rule[] = [], later: readonly Rule[] = []): readonly Rule[] {
  const names = new Set(later.map(({ name }) => name))
  return [...earlier.filter(({ name }) => !names.has(name)), ...later]
}

export const versionProperty = (metadata: Metadata | null): string | null =>
  metadata?.properties?.[VERSION_PROPERTY] ?? null

export const withVersionProperty = (metadata: Metadata | null, version: number): Metadata | null =>
  normalMetadata({ ...metadata, properties: { ...metadata?.properties, [VERSION_PROPERTY]: String(version) } })

export function withoutVersionProperty(metadata: Metadata | null): Metadata | null {
  if (metadata === null) return null
  const { [VERSION_PROPERTY]: _, ...properties } = metadata.properties ?? {}
  return { ...metadata, properties }
}

/** A sentence where the rules cannot be kept; null where they can. */
export function faultOfRuleSet(ruleSet: RuleSet | null): string | null {
  const names = new Set<string>()
  const groups = [
    [ruleSet?.migrationRules, MIGRATION_MODES, 'Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN'],
    [ruleSet?.domainRules, DATA_MODES, 'Domain rules can only be WRITE, READ, WRITEREAD'],
    [ruleSet?.encodingRules, DATA_MODES, 'Encoding rules can only be WRITE, READ, WRITEREAD'],
  ] as const
  for (const [rules = [], modes, sentence] of groups) {
    for (const rule of rules) {
      const { name = null, mode = 'WRITEREAD' } = rule
      if (name !== null && names.has(name)) return `Found rule with duplicate name '${name}'`
      if (name !== null) names.add(name)
      const fault = faultOfRule(rule)
      if (fault !== null) return fault
      if (!modes.has(mode)) return sentence
    }
  }
  return null
}

function faultOfRule({ name = undefined, type, mode = 'WRITEREAD', onSuccess, onFailure }: Rule): string | null {
  if (name === undefined || name === null) return 'Missing rule name'
  if (name === '') return 'Empty rule name'
  if (name.length > MOST_NAME_CHARACTERS) return 'Rule name too long'
  if (!/^[\p{L}_]/u.test(name)) return `Illegal initial character in rule name: ${name}`
  if (!/^[\p{L}_][\p{L}\p{Nd}_-]*$/u.test(name)) return `Illegal character in rule name: ${name}`
  if (type === undefined || type === null) return 'Missing rule type'
  const hasSeveral = [onSuccess, onFailure].some((action) => action?.includes(',') === true)
  return hasSeveral && !MODES_OF_SEVERAL_ACTIONS.has(mode)
    ? 'Multiple actions only valid with WRITEREAD and UPDOWN'
    : null
}
