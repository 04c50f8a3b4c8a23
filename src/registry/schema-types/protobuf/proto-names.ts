/** Names of types in a file and in those that it imports, found as protoc finds them: from the innermost scope outwards. */
import { mapTypes, type ProtoFile, type ProtoMessage, type ProtoType, SCALARS } from './proto-file.ts'

/** A file that is imported, under the path by which it is. */
export interface ImportedFile {
  readonly path: string
  readonly file: ProtoFile
}

export interface NamedType {
  readonly type: ProtoType
  readonly packageName: string
  /** Without the package. */
  readonly localName: string
  /** The file that was imported for it; null: it is in the file itself. */
  readonly path: string | null
}

/** Files that every compiler brings along: their types need no reference. */
export const isWellKnown = (path: string): boolean => /^(google\/(protobuf|type)|confluent)\//.test(path)

export class ProtoNames {
  readonly #types = new Map<string, NamedType>()
  readonly #file: ProtoFile

  constructor(file: ProtoFile, imported: readonly ImportedFile[]) {
    this.#file = file
    for (const each of imported) this.#add(each.file, each.path)
    this.#add(file, null)
  }

  #add({ package: packageName, types }: ProtoFile, path: string | null): void {
    const add = (type: ProtoType, scope: string): void => {
      const localName = scope === '' ? type.name : `${scope}.${type.name}`
      const full = packageName === null ? localName : `${packageName}.${localName}`
      this.#types.set(full, { type, packageName: packageName ?? '', localName, path })
      if (type.kind === 'message') for (const nested of type.types) add(nested, localName)
    }
    for (const type of types) add(type, '')
  }

  /** The type that a name means in a scope (a full name with its package); null: it is not known here. */
  find(name: string, scope: string): NamedType | null {
    if (name.startsWith('.')) return this.#types.get(name.slice(1)) ?? null
    for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const found = this.#types.get(outer === '' ? name : `${outer}.${name}`)
      if (found !== undefined || outer === '') return found ?? null
    }
  }

  scopeOf(localName: string): string {
    return this.#file.package === null ? localName : `${this.#file.package}.${localName}`
  }

  /** A type that is neither a scalar, nor known, nor of a file that every compiler brings along; null: there is none. */
  unknownType(): string | null {
    const hasWellKnown = this.#file.imports.some(({ path }) => isWellKnown(path))
    const look = (message: ProtoMessage, scope: string): string | null => {
      const local = scope === '' ? message.name : `${scope}.${message.name}`
      for (const { type } of [...message.fields, ...message.oneOfs.flatMap(({ fields }) => fields)]) {
        const unknown = namesIn(type).find(
          (name) => !SCALARS.has(name) && this.find(name, this.scopeOf(local)) === null,
        )
        if (unknown !== undefined && !(hasWellKnown && unknown.includes('.'))) return unknown
      }
      for (const nested of message.types) {
        const unknown = nested.kind === 'message' ? look(nested, local) : null
        if (unknown !== null) return unknown
      }
      return null
    }
    for (const type of this.#file.types) {
      const unknown = type.kind === 'message' ? look(type, '') : null
      if (unknown !== null) return unknown
    }
    return null
  }
}

const namesIn = (type: string): readonly string[] => mapTypes(type) ?? [type]
