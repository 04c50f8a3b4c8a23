/**
 * How a JSON Schema differs from an earlier one, and which of that a reader of the earlier one's documents minds. Kinds of
 * differences and their texts are those that clients of schema registries know; the rules follow the published
 * description of JSON Schema's content models (open, closed, partially open).
 */
import { isArray, type Json, printJson, sameJson } from '../lossless-json.ts'
import type { CompatibilityPolicy } from '../schema-type.ts'
import { forgives, type JsonDifference } from './json-difference.ts'
import {
  annotations,
  BOUNDS,
  boundDifferences,
  dependencies,
  difference,
  enumDifferences,
  integerDifference,
  listDifferences,
  mapOf,
  multipleDifferences,
  patternDifferences,
  required,
  requiredDifferences,
  type Typed,
  uniqueDifference,
  values,
} from './json-keywords.ts'
import type { Criterion, JsonDocument, JsonNode } from './json-model.ts'
import { largestMatching } from './matching.ts'
import { PropertyPatterns } from './property-patterns.ts'

type Combined = Extract<JsonNode, { readonly kind: 'combined' }>

/** More comparisons than any schema of people needs: combinations of combinations grow without a bound. */
const MOST_COMPARISONS = 200_000
/** So many steps of a path cost what a comparison does: schemas that lead to each other make paths of thousands. */
const STEPS_OF_A_COMPARISON = 100

export function jsonDifferences(original: JsonNode, update: JsonNode, policy: CompatibilityPolicy): JsonDifference[] {
  return new Comparison(policy).compare(original, update, [])
}

class Comparison {
  readonly #policy: CompatibilityPolicy
  /** Pairs under way: one that is met again is recursive, and adds nothing. */
  readonly #underWay = new Map<JsonNode, Set<JsonNode>>()
  readonly #patterns = new PropertyPatterns()
  readonly #forgiven = new Map<JsonDifference['type'], boolean>()
  #count = 0

  constructor(policy: CompatibilityPolicy) {
    this.#policy = policy
  }

  compare(original: JsonNode, update: JsonNode, path: readonly string[]): JsonDifference[] {
    const others = this.#underWay.get(original) ?? new Set()
    const isUnderWay = others.has(update)
    this.#count += (isUnderWay ? 0 : 1) + path.length / STEPS_OF_A_COMPARISON
    if (this.#count > MOST_COMPARISONS) throw new Error('The schemas are too deeply combined to be compared')
    if (isUnderWay) return []
    this.#underWay.set(original, others.add(update))
    try {
      return this.#compare(original, update, path)
    } finally {
      others.delete(update)
    }
  }

  isCompatible(differences: readonly JsonDifference[]): boolean {
    return differences.every(({ type }) => {
      const known = this.#forgiven.get(type)
      if (known !== undefined) return known
      const isForgiven = forgives(type, this.#policy)
      this.#forgiven.set(type, isForgiven)
      return isForgiven
    })
  }

  #compare(original: JsonNode, update: JsonNode, path: readonly string[]): JsonDifference[] {
    const through = this.#throughCombination(original, update, path)
    if (through !== null) return through
    if (original.kind !== update.kind) {
      if (original.kind === 'nothing' || update.kind === 'any' || bothBytes(original, update)) return []
      return [difference('TYPE_CHANGED', path)]
    }
    switch (original.kind) {
      case 'any':
      case 'nothing':
        return []
      case 'enum':
        return enumDifferences(values(original.json), values(update.json), path)
      case 'const':
        return sameJson(original.json.get('const'), update.json.get('const'))
          ? []
          : [difference('ENUM_ARRAY_CHANGED', [...path, 'const'])]
      case 'not':
        return this.#negations(original, update as typeof original, path)
      case 'combined':
        return this.#combinations(original, update as Combined, path)
      default:
        return this.#sameType(original, update as Typed, path)
    }
  }

  /** A schema that became one of several, or the other way round; null: that does not settle it. */
  #throughCombination(original: JsonNode, update: JsonNode, path: readonly string[]): JsonDifference[] | null {
    if (original.kind !== 'combined' && update.kind === 'combined') {
      const isSum = update.criterion !== 'allOf'
      for (const part of isSum || update.parts.length === 1 ? update.parts : []) {
        const found = this.compare(original, part, path)
        if (!this.isCompatible(found)) continue
        return update.parts.length === 1 ? found : [...found, difference('SUM_TYPE_EXTENDED', path)]
      }
    }
    if (original.kind === 'combined' && update.kind !== 'combined') {
      for (const part of original.criterion === 'allOf' || original.parts.length === 1 ? original.parts : []) {
        const found = this.compare(part, update, path)
        if (!this.isCompatible(found)) continue
        return original.parts.length === 1 ? found : [...found, difference('PRODUCT_TYPE_NARROWED', path)]
      }
    }
    return null
  }

  #negations(
    original: Extract<JsonNode, { kind: 'not' }>,
    update: Extract<JsonNode, { kind: 'not' }>,
    path: readonly string[],
  ): JsonDifference[] {
    const at = [...path, 'not']
    const reversed = this.compare(partOf(update, 'not'), partOf(original, 'not'), at)
    return [difference(this.isCompatible(reversed) ? 'NOT_TYPE_NARROWED' : 'NOT_TYPE_EXTENDED', at)]
  }

  #combinations(original: Combined, update: Combined, path: readonly string[]): JsonDifference[] {
    const found: JsonDifference[] = []
    if (original.criterion !== update.criterion) {
      if (!isWiderCriterion(original, update)) return [difference('COMBINED_TYPE_CHANGED', path)]
      found.push(difference('COMBINED_TYPE_EXTENDED', path))
    }
    const [ours, theirs] = [distinct(original.parts), distinct(update.parts)]
    if (ours.length < theirs.length) {
      found.push(difference(update.criterion === 'allOf' ? 'PRODUCT_TYPE_EXTENDED' : 'SUM_TYPE_EXTENDED', path))
    } else if (ours.length > theirs.length) {
      found.push(difference(original.criterion === 'allOf' ? 'PRODUCT_TYPE_NARROWED' : 'SUM_TYPE_NARROWED', path))
    }
    const pairs = ours.map((part, index) =>
      theirs.map((other) => {
        const inPair = this.compare(part, other, [...path, original.criterion, String(index)])
        return this.isCompatible(inPair) ? inPair : null
      }),
    )
    const matching = largestMatching(pairs.map((row) => row.map((each) => each !== null)))
    matching.forEach((other, index) => {
      if (other !== null) found.push(...(pairs[index]?.[other] ?? []))
    })
    const matched = matching.filter((other) => other !== null).length
    if (matched < Math.min(ours.length, theirs.length)) found.push(difference('COMBINED_TYPE_SUBSCHEMAS_CHANGED', path))
    return found
  }

  #sameType(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    const found = annotations(original.json, update.json, path)
    for (const bound of BOUNDS) found.push(...boundDifferences(bound, original.json, update.json, path))
    switch (original.kind) {
      case 'string':
        return [...found, ...patternDifferences(original.json, update.json, path)]
      case 'number':
        return [
          ...found,
          ...multipleDifferences(original.json, update.json, path),
          ...integerDifference(original, update, path),
        ]
      case 'object':
        return [...found, ...this.#objects(original, update, path)]
      case 'array':
        return [...found, ...this.#arrays(original, update, path)]
      default:
        return found
    }
  }

  #objects(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    return [
      ...requiredDifferences(original.json, update.json, path),
      ...this.#properties(original, update, path),
      ...this.#dependencies(original, update, path),
      ...this.#rest(original, update, 'additionalProperties', 'ADDITIONAL_PROPERTIES', path),
      ...this.#rest(original, update, 'unevaluatedProperties', 'UNEVALUATED_PROPERTIES', path),
    ]
  }

  #properties(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    const [ours, theirs] = [mapOf(original.json, 'properties'), mapOf(update.json, 'properties')]
    const names = new Set([...ours.keys(), ...theirs.keys()])
    return [...names].flatMap((name) => {
      const at = [...path, 'properties', name]
      const [mine, other] = [ours.get(name), theirs.get(name)]
      if (mine === undefined) return this.#added(original, update, name, node(update, other), at)
      if (other === undefined) return this.#removed(update, name, node(original, mine), at)
      return this.compare(node(original, mine), node(update, other), at)
    })
  }

  #removed(update: Typed, name: string, gone: JsonNode, at: readonly string[]): JsonDifference[] {
    if (isOpen(update)) return [difference('PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL', at)]
    const cover = this.#coverOf(update, name)
    if (cover !== null) {
      const found = this.compare(gone, cover, at)
      const verdict = this.isCompatible(found) ? 'IS' : 'NOT'
      return [...found, difference(`PROPERTY_REMOVED_${verdict}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`, at)]
    }
    return gone.kind === 'nothing'
      ? [difference('PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL', at)]
      : [difference('PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL', at)]
  }

  #added(original: Typed, update: Typed, name: string, added: JsonNode, at: readonly string[]): JsonDifference[] {
    const isRequired = required(update.json).includes(name)
    const hasDefault = added.json.has('default')
    if (isOpen(original)) {
      if (added.kind === 'any') return [difference('PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL', at)]
      if (!isRequired) return [difference('OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL', at)]
      return [
        difference(
          hasDefault
            ? 'REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL'
            : 'REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
          at,
        ),
      ]
    }
    const found: JsonDifference[] = []
    const cover = this.#coverOf(original, name)
    if (cover !== null) {
      const inCover = this.compare(cover, added, at)
      const verdict = this.isCompatible(inCover) ? 'IS' : 'NOT'
      found.push(...inCover, difference(`PROPERTY_ADDED_${verdict}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`, at))
    }
    const manner = !isRequired
      ? 'OPTIONAL_PROPERTY'
      : hasDefault
        ? 'REQUIRED_PROPERTY_WITH_DEFAULT'
        : 'REQUIRED_PROPERTY'
    return [...found, difference(`${manner}_ADDED_TO_UNOPEN_CONTENT_MODEL`, at)]
  }

  /** The schema that a property which is not named has to be valid for; null: there may be none. */
  #coverOf(typed: Typed, name: string): JsonNode | null {
    for (const [pattern, json] of mapOf(typed.json, 'patternProperties')) {
      if (this.#patterns.fits(pattern, name)) return node(typed, json)
    }
    const additional = restOf(typed, 'additionalProperties')
    if (additional !== null) return additional.kind === 'nothing' ? null : additional
    const unevaluated = restOf(typed, 'unevaluatedProperties')
    return unevaluated === null || unevaluated.kind === 'nothing' || unevaluated.kind === 'any' ? null : unevaluated
  }

  #dependencies(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    const [ours, theirs] = [dependencies(original.json), dependencies(update.json)]
    return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((name) => {
      const at = [...path, 'dependencies', name]
      const [mine, other] = [ours.get(name), theirs.get(name)]
      const isList = isArray(mine ?? other)
      if (other === undefined)
        return [difference(isList ? 'DEPENDENCY_ARRAY_REMOVED' : 'DEPENDENCY_SCHEMA_REMOVED', at)]
      if (mine === undefined) return [difference(isList ? 'DEPENDENCY_ARRAY_ADDED' : 'DEPENDENCY_SCHEMA_ADDED', at)]
      if (isArray(mine) && isArray(other)) return listDifferences('DEPENDENCY_ARRAY', mine, other, at)
      return this.compare(node(original, mine), node(update, other), at)
    })
  }

  /** Everything that is not named one by one: `additionalProperties` and its like, absent (all is allowed), false, or a schema. */
  #rest(
    original: Typed,
    update: Typed,
    keyword: string,
    name: 'ADDITIONAL_PROPERTIES' | 'UNEVALUATED_PROPERTIES' | 'ADDITIONAL_ITEMS' | 'UNEVALUATED_ITEMS',
    path: readonly string[],
  ): JsonDifference[] {
    const at = [...path, keyword]
    const [mine, other] = [restOf(original, keyword), restOf(update, keyword)]
    if (mine === null && other === null) return []
    const [isMineClosed, isOtherClosed] = [mine?.kind === 'nothing', other?.kind === 'nothing']
    if (isMineClosed !== isOtherClosed) return [difference(isMineClosed ? `${name}_ADDED` : `${name}_REMOVED`, at)]
    if (mine === null) return [difference(`${name}_NARROWED`, at)]
    if (other === null) return [difference(`${name}_EXTENDED`, at)]
    return this.compare(mine, other, at)
  }

  #arrays(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    return [
      ...this.#allItems(original, update, path),
      ...this.#tuple(original, update, path),
      ...this.#rest(original, update, 'additionalItems', 'ADDITIONAL_ITEMS', path),
      ...this.#rest(original, update, 'unevaluatedItems', 'UNEVALUATED_ITEMS', path),
      ...uniqueDifference(original.json, update.json, path),
    ]
  }

  #allItems(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    const at = [...path, 'items']
    const [mine, other] = [itemsOf(original), itemsOf(update)]
    if (mine === null) return other === null ? [] : [difference('SCHEMA_ADDED', at)]
    return other === null ? [difference('SCHEMA_REMOVED', at)] : this.compare(mine, other, at)
  }

  #tuple(original: Typed, update: Typed, path: readonly string[]): JsonDifference[] {
    const [ours, theirs] = [tupleOf(original), tupleOf(update)]
    return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => index).flatMap((index) => {
      const at = [...path, 'items', String(index)]
      const [mine, other] = [ours[index], theirs[index]]
      if (mine !== undefined && other !== undefined) return this.compare(mine, other, at)
      return mine === undefined ? this.#itemAdded(original, other as JsonNode, at) : this.#itemRemoved(update, mine, at)
    })
  }

  #itemAdded(original: Typed, added: JsonNode, at: readonly string[]): JsonDifference[] {
    const cover = coverOfItems(original)
    if (cover === 'open') {
      const isAny = added.kind === 'any'
      return [
        difference(
          isAny ? 'ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL' : 'ITEM_ADDED_TO_OPEN_CONTENT_MODEL',
          at,
        ),
      ]
    }
    if (cover === null) return [difference('ITEM_ADDED_TO_CLOSED_CONTENT_MODEL', at)]
    const found = this.compare(cover, added, at)
    const verdict = this.isCompatible(found) ? 'IS' : 'NOT'
    return [...found, difference(`ITEM_ADDED_${verdict}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`, at)]
  }

  #itemRemoved(update: Typed, gone: JsonNode, at: readonly string[]): JsonDifference[] {
    const cover = coverOfItems(update)
    if (cover === 'open') return [difference('ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL', at)]
    if (cover === null) {
      const isNothing = gone.kind === 'nothing'
      return [
        difference(
          isNothing ? 'ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL' : 'ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL',
          at,
        ),
      ]
    }
    const found = this.compare(gone, cover, at)
    const verdict = this.isCompatible(found) ? 'IS' : 'NOT'
    return [...found, difference(`ITEM_REMOVED_${verdict}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`, at)]
  }
}

const node = ({ document }: { document: JsonDocument }, json: Json | undefined): JsonNode =>
  document.nodeOf(json ?? true)
const partOf = (parent: Extract<JsonNode, { document: JsonDocument }>, keyword: string): JsonNode =>
  node(parent, parent.json.get(keyword))

const bothBytes = (original: JsonNode, update: JsonNode): boolean =>
  original.json.get('connect.type') === 'bytes' && update.json.get('connect.type') === 'bytes'

function isWiderCriterion(original: Combined, update: Combined): boolean {
  const [isMineSingle, isOtherSingle] = [original.parts.length === 1, update.parts.length === 1]
  if (update.criterion === 'anyOf' || (isMineSingle && isOtherSingle)) return true
  return (
    (isMineSingle && update.criterion === 'oneOf') ||
    (isOtherSingle && original.criterion === ('allOf' satisfies Criterion))
  )
}

/** Parts that say the same count once. */
function distinct(parts: readonly JsonNode[]): JsonNode[] {
  const seen = new Set<string>()
  return parts.filter((part) => {
    const text = `${part.kind} ${'isInteger' in part ? part.isInteger : ''} ${printJson(part.json, { sorted: true })}`
    return !seen.has(text) && seen.add(text)
  })
}

/** null: nothing is said, or everything is allowed. With tuples in `prefixItems`, `items` is about the rest. */
function restOf(typed: Typed, keyword: string): JsonNode | null {
  const isRestOfTuple = keyword === 'additionalItems' && typed.json.has('prefixItems')
  const json = typed.json.get(isRestOfTuple ? 'items' : keyword)
  if (json === undefined || json === true) return null
  return node(typed, json)
}

function isOpen(typed: Typed): boolean {
  if (restOf(typed, 'additionalProperties') !== null) return false
  if (mapOf(typed.json, 'patternProperties').size > 0) return false
  const unevaluated = restOf(typed, 'unevaluatedProperties')
  return unevaluated === null || unevaluated.kind === 'any'
}

function itemsOf(typed: Typed): JsonNode | null {
  const items = typed.json.get('items')
  return items === undefined || isArray(items) || typed.json.has('prefixItems') ? null : node(typed, items)
}

function tupleOf(typed: Typed): readonly JsonNode[] {
  const list = typed.json.get('prefixItems') ?? typed.json.get('items')
  return isArray(list) ? list.map((item) => node(typed, item)) : []
}

/** The schema that items beyond the tuple have to be valid for; `open`: any may follow; null: none may. */
function coverOfItems(typed: Typed): JsonNode | 'open' | null {
  const additional = restOf(typed, 'additionalItems')
  if (additional !== null) return additional.kind === 'nothing' ? null : additional
  const unevaluated = restOf(typed, 'unevaluatedItems')
  if (unevaluated === null || unevaluated.kind === 'any') return 'open'
  return unevaluated.kind === 'nothing' ? null : unevaluated
}
