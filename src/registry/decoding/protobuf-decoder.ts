import protobuf from 'protobufjs'
import { protobufType } from '../schema-types/protobuf/protobuf-type.ts'
import type { Decode, WholeSchema } from './whole-schema.ts'

/** As the mapping of Protobuf to JSON has it. */
const AS_JSON = { longs: String, enums: String, bytes: String, json: true }

/** Throws where the text is no file of Protobuf, or where it imports what is not there. */
export function protobufDecoder({ schema, references, resolved }: WholeSchema): Decode {
  const parsed = protobufType.parse({ schema, references, resolved, isNew: false })
  const root = new protobuf.Root()
  const files = resolved.map((each) =>
    protobufType.parse({ schema: each.schema, references: [], resolved: [], isNew: false }),
  )
  for (const { canonical } of [...files, parsed]) {
    const { imports = [], weakImports = [] } = protobuf.parse(canonical, root)
    for (const path of [...imports, ...weakImports]) {
      const common = protobuf.common.get(path)
      if (common?.nested) root.addJSON(common.nested)
    }
  }
  root.resolveAll()
  return (payload, indexes) => {
    const name = parsed.recordName(indexes)
    if (name === null) throw new Error('the file has no message at their place')
    const type = root.lookupType(name)
    return type.toObject(type.decode(payload), AS_JSON)
  }
}
