/** The part of the untyped package `buffer-layout` (1.2) that fixed layouts are declared with. */
declare module 'buffer-layout' {
  export interface Layout {
    readonly span: number
    readonly property: string | undefined
  }
  export interface Structure extends Layout {
    /** Bytes from the start of the structure to the field; undefined for a name it does not have. */
    offsetOf(property: string): number | undefined
  }
  export function struct(fields: readonly Layout[], property?: string): Structure
  export function blob(length: number, property: string): Layout
  export function s8(property: string): Layout
  export function s16be(property: string): Layout
  export function s32be(property: string): Layout
  export function u32be(property: string): Layout
}
