/** A difference between two JSON Schemas, who minds it, and how clients are told. */
import type { CompatibilityPolicy } from '../schema-type.ts'

type Bound =
  | 'MAX_LENGTH'
  | 'MIN_LENGTH'
  | 'MAXIMUM'
  | 'MINIMUM'
  | 'EXCLUSIVE_MAXIMUM'
  | 'EXCLUSIVE_MINIMUM'
  | 'MAX_PROPERTIES'
  | 'MIN_PROPERTIES'
  | 'MAX_ITEMS'
  | 'MIN_ITEMS'
  | 'MAX_CONTAINS'
  | 'MIN_CONTAINS'
type Rest = 'ADDITIONAL_PROPERTIES' | 'UNEVALUATED_PROPERTIES' | 'ADDITIONAL_ITEMS' | 'UNEVALUATED_ITEMS'
type Covered = 'PROPERTY_REMOVED' | 'PROPERTY_ADDED' | 'ITEM_REMOVED' | 'ITEM_ADDED'
type Manner = 'OPTIONAL_PROPERTY' | 'REQUIRED_PROPERTY_WITH_DEFAULT' | 'REQUIRED_PROPERTY'

export type JsonDifferenceType =
  | `${Bound}_${'ADDED' | 'REMOVED' | 'INCREASED' | 'DECREASED'}`
  | `${Rest}_${'ADDED' | 'REMOVED' | 'EXTENDED' | 'NARROWED'}`
  | `${Covered}_${'IS' | 'NOT'}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`
  | `${Manner}_ADDED_TO_${'OPEN' | 'UNOPEN'}_CONTENT_MODEL`
  | `${'PRODUCT' | 'SUM' | 'NOT'}_TYPE_${'EXTENDED' | 'NARROWED'}`
  | `ENUM_ARRAY_${'EXTENDED' | 'NARROWED' | 'CHANGED'}`
  | `DEPENDENCY_ARRAY_${'ADDED' | 'REMOVED' | 'EXTENDED' | 'NARROWED' | 'CHANGED'}`
  | `DEPENDENCY_SCHEMA_${'ADDED' | 'REMOVED'}`
  | `MULTIPLE_OF_${'ADDED' | 'REMOVED' | 'EXPANDED' | 'REDUCED' | 'CHANGED'}`
  | `PATTERN_${'ADDED' | 'REMOVED' | 'CHANGED'}`
  | `TYPE_${'EXTENDED' | 'NARROWED' | 'CHANGED'}`
  | `${'ID' | 'TITLE' | 'DESCRIPTION' | 'DEFAULT'}_CHANGED`
  | `SCHEMA_${'ADDED' | 'REMOVED'}`
  | `UNIQUE_ITEMS_${'ADDED' | 'REMOVED'}`
  | 'COMBINED_TYPE_EXTENDED'
  | 'COMBINED_TYPE_CHANGED'
  | 'COMBINED_TYPE_SUBSCHEMAS_CHANGED'
  | 'REQUIRED_ATTRIBUTE_ADDED'
  | 'REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED'
  | 'REQUIRED_ATTRIBUTE_REMOVED'
  | 'PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL'
  | 'PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL'
  | 'PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL'
  | 'PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL'
  | 'ITEM_ADDED_TO_OPEN_CONTENT_MODEL'
  | 'ITEM_ADDED_TO_CLOSED_CONTENT_MODEL'
  | 'ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL'
  | 'ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL'
  | 'ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL'
  | 'ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL'

export interface JsonDifference {
  readonly type: JsonDifferenceType
  /** A pointer into the schemas: `#/properties/name`. */
  readonly path: string
}

/** A reader of old documents minds none of these: more is allowed than before, or the same. */
const FORGIVEN: readonly RegExp[] = [
  /^(ID|TITLE|DESCRIPTION|DEFAULT)_CHANGED$/,
  /^(SCHEMA|PATTERN|UNIQUE_ITEMS|MULTIPLE_OF|DEPENDENCY_ARRAY|DEPENDENCY_SCHEMA)_REMOVED$/,
  /^(MAX_\w+|MIN_\w+|(EXCLUSIVE_)?(MAXIMUM|MINIMUM))_REMOVED$/,
  /^(MAX_\w+|(EXCLUSIVE_)?MAXIMUM)_INCREASED$/,
  /^(MIN_\w+|(EXCLUSIVE_)?MINIMUM)_DECREASED$/,
  /^(TYPE|SUM_TYPE|COMBINED_TYPE|ENUM_ARRAY)_EXTENDED$/,
  /^(PRODUCT_TYPE|NOT_TYPE|DEPENDENCY_ARRAY)_NARROWED$/,
  /^MULTIPLE_OF_REDUCED$/,
  /^(ADDITIONAL|UNEVALUATED)_(PROPERTIES|ITEMS)_(ADDED|EXTENDED)$/,
  /^REQUIRED_ATTRIBUTE_(WITH_DEFAULT_ADDED|REMOVED)$/,
  /_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL$/,
  /^(PROPERTY|ITEM)_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL$/,
  /^(PROPERTY|ITEM)_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL$/,
  /^(PROPERTY|ITEM)_REMOVED_FROM_OPEN_CONTENT_MODEL$/,
  /^(REQUIRED_PROPERTY_WITH_DEFAULT|OPTIONAL_PROPERTY)_ADDED_TO_UNOPEN_CONTENT_MODEL$/,
  /^ITEM_ADDED_TO_CLOSED_CONTENT_MODEL$/,
]

/** Beside these, a lenient reader trusts writers not to have used names that were not given away yet. */
const FORGIVEN_LENIENTLY: readonly RegExp[] = [
  /^(ADDITIONAL|UNEVALUATED)_PROPERTIES_(NARROWED|REMOVED)$/,
  /^(REQUIRED_PROPERTY_WITH_DEFAULT|OPTIONAL_PROPERTY)_ADDED_TO_OPEN_CONTENT_MODEL$/,
  /^PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL$/,
  /^PROPERTY_(ADDED|REMOVED)_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL$/,
]

export const forgives = (type: JsonDifferenceType, policy: CompatibilityPolicy): boolean =>
  FORGIVEN.some((pattern) => pattern.test(type)) ||
  (policy === 'LENIENT' && FORGIVEN_LENIENTLY.some((pattern) => pattern.test(type)))

/** The first `%s` is the reader, the second the writer. The quote at the end is how all registries have it. */
export const jsonMessage = ({ type, path }: JsonDifference): string =>
  `{errorType:"${type}", description:"${description(type, path)}'}`

const TEXTS: readonly (readonly [RegExp, (path: string) => string])[] = [
  [
    /_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL$/,
    (path) =>
      `The %s schema has a property or item at path '${path}' which is missing in the %s schema and is not covered by its partially open content model`,
  ],
  [
    /_ADDED_TO_OPEN_CONTENT_MODEL$/,
    (path) =>
      `The %s schema has an open content model and has a property or item at path '${path}' which is missing in the %s schema`,
  ],
  [
    /^REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL$/,
    (path) =>
      `The %s schema has an unopen content model and has a required property at path '${path}' which is missing in the %s schema`,
  ],
  [
    /_REMOVED_FROM_CLOSED_CONTENT_MODEL$/,
    (path) =>
      `The %s has a closed content model and is missing a property or item present at path '${path}' in the %s schema`,
  ],
  [
    /(_INCREASED|^MULTIPLE_OF_EXPANDED)$/,
    (path) => `The value at path '${path}' in the %s schema is more than its value in the %s schema`,
  ],
  [/_DECREASED$/, (path) => `The value at path '${path}' in the %s schema is less than its value in the %s schema`],
  [
    /^(PATTERN|MULTIPLE_OF|DEPENDENCY_ARRAY)_CHANGED$/,
    (path) => `The value at path '${path}' is different between the %s and %s schema`,
  ],
  [
    /(_CHANGED|^TYPE_NARROWED)$/,
    (path) => `A type at path '${path}' is different between the %s schema and the %s schema`,
  ],
  [
    /_NARROWED$/,
    (path) => `An array or combined type at path '${path}' has fewer elements in the %s schema than the %s schema`,
  ],
  [
    /_EXTENDED$/,
    (path) => `An array or combined type at path '${path}' has more elements in the %s schema than the %s schema`,
  ],
  [/_(ADDED|REMOVED)$/, (path) => `The keyword at path '${path}' in the %s schema is not present in the %s schema`],
]

function description(type: JsonDifferenceType, path: string): string {
  if (type === 'SCHEMA_ADDED') return ''
  if (/^(PROPERTY|ITEM)_REMOVED_NOT_COVERED/.test(type)) {
    return `A property or item is missing in the %s schema but present at path '${path}' in the %s schema and is not covered by its partially open content model`
  }
  return TEXTS.find(([pattern]) => pattern.test(type))?.[1](path) ?? ''
}
