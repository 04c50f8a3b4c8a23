/**
 * The fingerprint of a schema with all that belongs to it: an MD5, shown as a UUID ("guid"). Two versions with the same one
 * share an id. Every registry computes it alike, for it is what clients know a schema by across registries.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Metadata, Rule, RuleSet } from './schema-attachments.ts'
import type { SchemaReference } from './state/log-records.ts'

export interface Fingerprinted {
  readonly schema: string
  readonly references: readonly SchemaReference[]
  readonly metadata: Metadata | null
  readonly ruleSet: RuleSet | null
}

/** 32 hexadecimal digits. */
export function fingerprint({ schema, references, metadata, ruleSet }: Fingerprinted): string {
  const hash = createHash('md5').update(schema)
  for (const { name, subject, version } of references) {
    hash.update(name ?? '').update(subject ?? '')
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(version ?? 0)
    if (version !== undefined && version !== null) hash.update(bytes)
  }
  if (metadata !== null) addMetadata(hash.update(PRESENT), metadata)
  if (ruleSet !== null) addRuleSet(hash.update(PRESENT), ruleSet)
  return hash.digest('hex')
}

/** Tells empty metadata and rules from none at all. */
const PRESENT = Buffer.from([1])

function addMetadata(hash: Hash, { tags = {}, properties = {}, sensitive = [] }: Metadata): void {
  for (const [path, names] of Object.entries(tags)) {
    hash.update(path)
    for (const name of names) hash.update(name)
  }
  addMap(hash, properties)
  for (const name of sensitive) hash.update(name)
}

function addRuleSet(
  hash: Hash,
  { migrationRules = [], domainRules = [], encodingRules = [], enableAt }: RuleSet,
): void {
  for (const rule of [...migrationRules, ...domainRules, ...encodingRules]) addRule(hash, rule)
  hash.update(enableAt ?? '')
}

function addRule(hash: Hash, rule: Rule): void {
  for (const text of [rule.name, rule.doc, rule.kind, rule.mode, rule.type, ...(rule.tags ?? [])])
    hash.update(text ?? '')
  addMap(hash, rule.params ?? {})
  for (const text of [rule.expr, rule.onSuccess, rule.onFailure]) hash.update(text ?? '')
  if (rule.disabled === true) hash.update(PRESENT)
}

function addMap(hash: Hash, entries: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(entries)) hash.update(name).update(value)
}

/** The fingerprint as clients write it. */
export const guidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** The fingerprint that a guid stands for; null for any other text. */
export function fingerprintOfGuid(guid: string): string | null {
  const hex = guid.toLowerCase()
  if (/^[0-9a-f]{32}$/.test(hex)) return hex
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(hex) ? hex.replaceAll('-', '') : null
}

/** The fingerprint that a value of the log brings along, in base64. */
export function fingerprintOfMd5(md5: string): string | null {
  const bytes = Buffer.from(md5, 'base64')
  return bytes.length === 16 ? bytes.toString('hex') : null
}
