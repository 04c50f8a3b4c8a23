/** Kinds of schemas, each loaded with its libraries when a schema of it is first seen. */
import { SCHEMA_TYPES, type SchemaType, type SchemaTypeName } from './schema-type.ts'

const LOADERS: Readonly<Record<SchemaTypeName, () => Promise<SchemaType>>> = {
  AVRO: async () => (await import('./avro/avro-type.ts')).avroType,
  PROTOBUF: async () => (await import('./protobuf/protobuf-type.ts')).protobufType,
  JSON: async () => (await import('./json/json-type.ts')).jsonType,
}

export const isSchemaType = (name: string): name is SchemaTypeName => SCHEMA_TYPES.some((known) => known === name)

export class SchemaTypes {
  readonly #loaded = new Map<string, SchemaType>()

  /** Makes sure that `get` knows these; names of no kind are passed over. */
  async load(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      if (!this.#loaded.has(name) && isSchemaType(name)) this.#loaded.set(name, await LOADERS[name]())
    }
  }

  async loadAll(): Promise<void> {
    await this.load(SCHEMA_TYPES)
  }

  /** null: there is no such kind, or nobody loaded it. */
  get(name: string): SchemaType | null {
    return this.#loaded.get(name) ?? null
  }
}
