/**
 * ACLs by the resources that they are about. A resource has to do with the patterns of its own name, with those that are
 * a prefix of it, and with `*`: as many look-ups as there are lengths of prefixes, however many ACLs there are.
 */

import { ANY_NAME, PatternType } from '../../../protocol/acl-codes.ts'
import type { AccessControlEntryRecord } from '../../../protocol/messages/access-control-entry-record.ts'
import { hostMatcher } from './acl-host.ts'

/** An ACL, and whether its host applies to an address. */
export interface IndexedAcl {
  readonly acl: AccessControlEntryRecord
  readonly appliesTo: (address: string) => boolean
}

type Names = Map<string, IndexedAcl[]>

interface TypeIndex {
  readonly literal: Names
  readonly prefixed: Names
  /** The lengths of prefixes, with the number of prefixes of each. */
  readonly lengths: Map<number, number>
}

export class AclIndex {
  readonly #types = new Map<number, TypeIndex>()
  readonly #byId = new Map<string, AccessControlEntryRecord>()

  get size(): number {
    return this.#byId.size
  }

  add(acl: AccessControlEntryRecord): void {
    this.remove(acl.id)
    this.#byId.set(acl.id, acl)
    const type = this.#type(acl.resourceType)
    const names = namesFor(type, acl)
    const others = names.get(acl.resourceName)
    const indexed = { acl, appliesTo: hostMatcher(acl.host) }
    if (others !== undefined) {
      others.push(indexed)
      return
    }
    names.set(acl.resourceName, [indexed])
    if (names === type.prefixed) count(type.lengths, acl.resourceName.length, 1)
  }

  remove(id: string): void {
    const acl = this.#byId.get(id)
    if (acl === undefined) return
    this.#byId.delete(id)
    const type = this.#type(acl.resourceType)
    const names = namesFor(type, acl)
    const rest = (names.get(acl.resourceName) ?? []).filter((each) => each.acl.id !== id)
    if (rest.length > 0) {
      names.set(acl.resourceName, rest)
      return
    }
    names.delete(acl.resourceName)
    if (names === type.prefixed) count(type.lengths, acl.resourceName.length, -1)
  }

  /** Everything that is about one resource. */
  *matching(resourceType: number, name: string): Iterable<IndexedAcl> {
    const type = this.#types.get(resourceType)
    if (type === undefined) return
    yield* type.literal.get(name) ?? []
    if (name !== ANY_NAME) yield* type.literal.get(ANY_NAME) ?? []
    for (const length of type.lengths.keys()) {
      if (length <= name.length) yield* type.prefixed.get(name.slice(0, length)) ?? []
    }
  }

  *ofType(resourceType: number): Iterable<IndexedAcl> {
    const type = this.#types.get(resourceType)
    if (type === undefined) return
    for (const acls of type.literal.values()) yield* acls
    for (const acls of type.prefixed.values()) yield* acls
  }

  #type(resourceType: number): TypeIndex {
    const known = this.#types.get(resourceType)
    if (known !== undefined) return known
    const type: TypeIndex = { literal: new Map(), prefixed: new Map(), lengths: new Map() }
    this.#types.set(resourceType, type)
    return type
  }
}

const namesFor = (type: TypeIndex, { patternType }: AccessControlEntryRecord): Names =>
  patternType === PatternType.PREFIXED ? type.prefixed : type.literal

function count(lengths: Map<number, number>, length: number, change: number): void {
  const number = (lengths.get(length) ?? 0) + change
  if (number === 0) lengths.delete(length)
  else lengths.set(length, number)
}
