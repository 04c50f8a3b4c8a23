import type { ResolvedReference, SchemaTypeName } from '../schema-types/schema-type.ts'
import type { SchemaReference } from '../state/log-records.ts'

/** A schema with the texts of those that it refers to. */
export interface WholeSchema {
  readonly id: number
  readonly schemaType: SchemaTypeName
  readonly schema: string
  readonly references: readonly SchemaReference[]
  readonly resolved: readonly ResolvedReference[]
}

/** `indexes`: the place of a message of Protobuf in its file. Throws where the bytes are not what the schema says. */
export type Decode = (payload: Buffer, indexes: readonly number[]) => unknown
