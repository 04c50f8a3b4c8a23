/** Protobuf as a kind of schema: the text of a .proto file, or a FileDescriptorProto in base64, as some clients send it. */
import type { SchemaReference } from '../../state/log-records.ts'
import type { ParsedSchema, SchemaText, SchemaType } from '../schema-type.ts'
import { sortedReferences } from '../sorted-references.ts'
import { fileOfDescriptor, looksLikeDescriptor } from './descriptor.ts'
import { protoDifferences, protoMessage } from './proto-differences.ts'
import type { ProtoFile, ProtoType } from './proto-file.ts'
import { type ImportedFile, ProtoNames } from './proto-names.ts'
import { normalFile } from './proto-normal.ts'
import { parseProto } from './proto-parser.ts'
import { protoText } from './proto-text.ts'
import { descriptorOf } from './to-descriptor.ts'

export const protobufType: SchemaType = {
  name: 'PROTOBUF',
  parse({ schema, references, resolved }: SchemaText): ParsedProtobuf {
    const imported = resolved.map(({ name, schema: text }) => ({ path: name, file: fileOf(text) }))
    return new ParsedProtobuf(fileOf(schema), references, imported)
  },
}

const fileOf = (text: string): ProtoFile => (looksLikeDescriptor(text) ? fileOfDescriptor(text) : parseProto(text))

class ParsedProtobuf implements ParsedSchema {
  readonly type = 'PROTOBUF'
  readonly canonical: string
  readonly references: readonly SchemaReference[]
  readonly file: ProtoFile
  readonly names: ProtoNames
  readonly #imported: readonly ImportedFile[]

  constructor(file: ProtoFile, references: readonly SchemaReference[], imported: readonly ImportedFile[]) {
    this.file = file
    this.references = references
    this.#imported = imported
    this.names = new ProtoNames(file, imported)
    this.canonical = protoText(file)
  }

  normalize(): ParsedProtobuf {
    return new ParsedProtobuf(normalFile(this.file, this.names), sortedReferences(this.references), this.#imported)
  }

  /** Every type has to be known. An import that no reference stands for is passed over, as Confluent's registry does. */
  validate(): void {
    normalFile(this.file, this.names)
  }

  formatted(format: string): string {
    if (format === 'ignore_extensions') {
      return protoText({ ...this.file, extends: [] })
    }
    return format === 'serialized' ? descriptorOf(this.file, this.names) : this.canonical
  }

  incompatibilities(previous: ParsedSchema): string[] {
    if (!(previous instanceof ParsedProtobuf)) return ['Incompatible because of different schema type']
    const side = ({ file, names }: ParsedProtobuf) => ({ packageName: file.package, types: file.types, names })
    return protoDifferences(side(previous), side(this)).map(protoMessage)
  }

  equivalent(other: ParsedSchema): boolean {
    return other instanceof ParsedProtobuf && this.canonical === other.canonical
  }

  recordName(indexes: readonly number[]): string | null {
    const { package: packageName, types: outermost } = this.#namingFile
    let types: readonly ProtoType[] = outermost
    const names: string[] = []
    for (const index of indexes) {
      const message = types.filter((type) => type.kind === 'message')[index]
      if (message === undefined) return null
      names.push(message.name)
      types = message.types
    }
    if (names.length === 0) return null
    return packageName === null ? names.join('.') : `${packageName}.${names.join('.')}`
  }

  hasTopLevelField(name: string): boolean {
    const [first] = this.#namingFile.types.filter((type) => type.kind === 'message')
    return first?.fields.some((field) => field.name === name) === true
  }

  /**
   * The file whose messages records of this schema are: this one; where it defines nothing and has one import, a public
   * one, the file that is imported.
   */
  get #namingFile(): ProtoFile {
    const { types, extends: extended, services, imports } = this.file
    if (types.length + extended.length + services.length > 0) return this.file
    const [only, ...more] = imports
    if (only?.isPublic !== true || more.length > 0) return this.file
    const wrapped = this.#imported.find(({ path }) => path === only.path)
    return wrapped !== undefined && wrapped.file.types.length > 0 ? wrapped.file : this.file
  }
}
