/** A value as JSON has it. */
export type Cell = null | boolean | number | string | readonly Cell[] | { readonly [name: string]: Cell }

/**
 * A record in words: its type, and as `toJson` gives them the key, if the type has one, and the value (null: deleted).
 */
export type DecodedRecord = {
  readonly type: string
  readonly key?: Cell
  readonly version?: number
  readonly value: Cell
}
