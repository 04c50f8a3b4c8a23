/** Names of types in a file and in those that it refers to, found as protoc finds them: from the innermost scope outwards. */
import type { ProtoExtend, ProtoField, ProtoFile, ProtoType } from './proto-file.ts'
import { WELL_KNOWN_EXTENSIONS, WELL_KNOWN_TYPES } from './well-known-types.ts'

/** A file that is referred to, under the path by which it is imported. */
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

export class ProtoNames {
  readonly #types = new Map<string, NamedType>()
  /** The fields that files add to messages of others, by their full names: options are named by them. */
  readonly #extensions = new Map<string, ProtoField>(WELL_KNOWN_EXTENSIONS)
  readonly #file: ProtoFile

  constructor(file: ProtoFile, imported: readonly ImportedFile[]) {
    this.#file = file
    for (const each of imported) this.#add(each.file, each.path)
    this.#add(file, null)
  }

  #add({ package: packageName, types, extends: extended }: ProtoFile, path: string | null): void {
    const inPackage = (localName: string) => (packageName === null ? localName : `${packageName}.${localName}`)
    const addExtensions = (all: readonly ProtoExtend[], scope: string): void => {
      for (const field of all.flatMap(({ fields }) => fields)) {
        this.#extensions.set(inPackage(scope === '' ? field.name : `${scope}.${field.name}`), field)
      }
    }
    const add = (type: ProtoType, scope: string): void => {
      const localName = scope === '' ? type.name : `${scope}.${type.name}`
      this.#types.set(inPackage(localName), { type, packageName: packageName ?? '', localName, path })
      if (type.kind !== 'message') return
      addExtensions(type.extends, localName)
      for (const nested of type.types) add(nested, localName)
    }
    addExtensions(extended, '')
    for (const type of types) add(type, '')
  }

  /** The type that a name means in a scope (a full name with its package); null: it is not known here. */
  find(name: string, scope: string): NamedType | null {
    const full = fullName(name, scope, (candidate) => this.#types.has(candidate))
    return full === null ? null : (this.#types.get(full) ?? null)
  }

  /** The full name of a type, which may be one of those that need no reference; null: there is none. */
  typeName(name: string, scope: string): string | null {
    return fullName(name, scope, (candidate) => this.#types.has(candidate) || WELL_KNOWN_TYPES.has(candidate))
  }

  /** An extension that an option is named by; null: it is not known here. */
  extension(name: string, scope: string): { readonly fullName: string; readonly field: ProtoField } | null {
    const full = fullName(name, scope, (candidate) => this.#extensions.has(candidate))
    const field = full === null ? undefined : this.#extensions.get(full)
    return full === null || field === undefined ? null : { fullName: full, field }
  }

  /** The full name of what has this name within the package; of the package where it is empty. */
  scopeOf(localName: string): string {
    return [this.#file.package ?? '', localName].filter((part) => part !== '').join('.')
  }
}

function fullName(name: string, scope: string, isKnown: (candidate: string) => boolean): string | null {
  if (name.startsWith('.')) return isKnown(name.slice(1)) ? name.slice(1) : null
  for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
    const candidate = outer === '' ? name : `${outer}.${name}`
    if (isKnown(candidate)) return candidate
    if (outer === '') return null
  }
}
