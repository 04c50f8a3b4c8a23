/** Differences that keywords make by themselves: bounds, lists of values and names, patterns. */
import { isArray, isObject, type Json, JsonNumber, type JsonObject, sameJson } from '../lossless-json.ts'
import type { JsonDifference, JsonDifferenceType } from './json-difference.ts'
import type { JsonNode, SimpleKind } from './json-model.ts'

export type Typed = Extract<JsonNode, { readonly kind: SimpleKind }>

export const difference = (type: JsonDifferenceType, path: readonly string[]): JsonDifference => ({
  type,
  path: `#/${path.join('/')}`,
})

export const mapOf = (json: JsonObject, keyword: string): JsonObject => {
  const value = json.get(keyword)
  return isObject(value) ? value : new Map()
}

export const required = (json: JsonObject): readonly string[] => {
  const value = json.get('required')
  return isArray(value) ? value.filter((name): name is string => typeof name === 'string') : []
}

export function dependencies(json: JsonObject): Map<string, Json> {
  return new Map([
    ...mapOf(json, 'dependencies'),
    ...mapOf(json, 'dependentRequired'),
    ...mapOf(json, 'dependentSchemas'),
  ])
}

export const values = (json: JsonObject): readonly Json[] => {
  const value = json.get('enum')
  return isArray(value) ? value : []
}

const includesAll = (larger: readonly Json[], smaller: readonly Json[]): boolean =>
  smaller.every((value) => larger.some((other) => sameJson(value, other)))

export const enumDifferences = (ours: readonly Json[], theirs: readonly Json[], path: readonly string[]) =>
  listDifferences('ENUM_ARRAY', ours, theirs, [...path, 'enum'])

/** The order of a list means nothing: it has become longer, shorter, or another one. */
export function listDifferences(
  list: 'ENUM_ARRAY' | 'DEPENDENCY_ARRAY',
  ours: readonly Json[],
  theirs: readonly Json[],
  path: readonly string[],
): JsonDifference[] {
  const [extends_, narrows] = [includesAll(theirs, ours), includesAll(ours, theirs)]
  if (extends_ && narrows) return []
  return [difference(`${list}_${extends_ ? 'EXTENDED' : narrows ? 'NARROWED' : 'CHANGED'}`, path)]
}

const ANNOTATIONS = [
  ['$id', 'ID_CHANGED'],
  ['title', 'TITLE_CHANGED'],
  ['description', 'DESCRIPTION_CHANGED'],
  ['default', 'DEFAULT_CHANGED'],
] as const

export const annotations = (original: JsonObject, update: JsonObject, path: readonly string[]): JsonDifference[] =>
  ANNOTATIONS.filter(([name]) => !sameJson(original.get(name), update.get(name))).map(([, type]) =>
    difference(type, path),
  )

export const BOUNDS = [
  ['maxLength', 'MAX_LENGTH'],
  ['minLength', 'MIN_LENGTH'],
  ['maximum', 'MAXIMUM'],
  ['minimum', 'MINIMUM'],
  ['exclusiveMaximum', 'EXCLUSIVE_MAXIMUM'],
  ['exclusiveMinimum', 'EXCLUSIVE_MINIMUM'],
  ['maxProperties', 'MAX_PROPERTIES'],
  ['minProperties', 'MIN_PROPERTIES'],
  ['maxItems', 'MAX_ITEMS'],
  ['minItems', 'MIN_ITEMS'],
  ['maxContains', 'MAX_CONTAINS'],
  ['minContains', 'MIN_CONTAINS'],
] as const

const numberAt = (json: JsonObject, keyword: string): number | null => {
  const value = json.get(keyword)
  return value instanceof JsonNumber ? value.value : null
}

export function boundDifferences(
  [keyword, name]: (typeof BOUNDS)[number],
  original: JsonObject,
  update: JsonObject,
  path: readonly string[],
): JsonDifference[] {
  const [mine, other] = [numberAt(original, keyword), numberAt(update, keyword)]
  if (mine === other) return []
  const at = [...path, keyword]
  if (mine === null || other === null) return [difference(mine === null ? `${name}_ADDED` : `${name}_REMOVED`, at)]
  return [difference(mine < other ? `${name}_INCREASED` : `${name}_DECREASED`, at)]
}

export function patternDifferences(
  original: JsonObject,
  update: JsonObject,
  path: readonly string[],
): JsonDifference[] {
  const [mine, other] = [original.get('pattern'), update.get('pattern')]
  if (mine === other) return []
  return [
    difference(mine === undefined ? 'PATTERN_ADDED' : other === undefined ? 'PATTERN_REMOVED' : 'PATTERN_CHANGED', [
      ...path,
      'pattern',
    ]),
  ]
}

export function multipleDifferences(
  original: JsonObject,
  update: JsonObject,
  path: readonly string[],
): JsonDifference[] {
  const [mine, other] = [numberAt(original, 'multipleOf'), numberAt(update, 'multipleOf')]
  if (mine === other) return []
  const at = [...path, 'multipleOf']
  if (mine === null || other === null)
    return [difference(mine === null ? 'MULTIPLE_OF_ADDED' : 'MULTIPLE_OF_REMOVED', at)]
  const divides = (small: number, large: number) => Math.abs(large / small - Math.round(large / small)) < 1e-9
  if (mine !== 0 && divides(mine, other)) return [difference('MULTIPLE_OF_EXPANDED', at)]
  return [difference(other !== 0 && divides(other, mine) ? 'MULTIPLE_OF_REDUCED' : 'MULTIPLE_OF_CHANGED', at)]
}

export const integerDifference = (original: Typed, update: Typed, path: readonly string[]): JsonDifference[] =>
  original.isInteger === update.isInteger
    ? []
    : [difference(original.isInteger ? 'TYPE_EXTENDED' : 'TYPE_NARROWED', path)]

export function requiredDifferences(
  original: JsonObject,
  update: JsonObject,
  path: readonly string[],
): JsonDifference[] {
  const theirs = mapOf(update, 'properties')
  return [...mapOf(original, 'properties').keys()].flatMap((name) => {
    if (!theirs.has(name)) return []
    const at = [...path, 'required', name]
    const [was, is] = [required(original).includes(name), required(update).includes(name)]
    if (was === is) return []
    if (was) return [difference('REQUIRED_ATTRIBUTE_REMOVED', at)]
    const schema = theirs.get(name)
    const hasDefault = isObject(schema) && schema.has('default')
    return [difference(hasDefault ? 'REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED' : 'REQUIRED_ATTRIBUTE_ADDED', at)]
  })
}

export function uniqueDifference(original: JsonObject, update: JsonObject, path: readonly string[]): JsonDifference[] {
  const [was, is] = [original.get('uniqueItems') === true, update.get('uniqueItems') === true]
  return was === is ? [] : [difference(was ? 'UNIQUE_ITEMS_REMOVED' : 'UNIQUE_ITEMS_ADDED', [...path, 'uniqueItems'])]
}
