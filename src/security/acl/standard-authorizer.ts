/**
 * Kafka's StandardAuthorizer: who may do what, by the ACLs in the metadata.
 *
 * - A super user may do everything.
 * - Of the ACLs that are about the resource, the principal and the host, one that denies the operation decides; else one
 *   that allows it. To read, write, delete or alter something implies to describe it, to alter its configs implies to
 *   describe them; a denial implies nothing.
 * - Where none decides the answer is no; but a resource that no ACL is about, of whomever, is everybody's if
 *   `allow.everyone.if.no.acl.found` says so.
 *
 * Verdicts are kept by client until an ACL changes, so that what a client does again and again costs a look-up.
 */
import { AclOperation, ResourceType } from '../../../protocol/acl.ts'
import { ALL_OPERATIONS, ANY_NAME, ANY_PRINCIPAL, PatternType, Permission } from '../../../protocol/acl-codes.ts'
import type { AccessControlEntryRecord } from '../../../protocol/messages/access-control-entry-record.ts'
import { javaHostAddress } from './acl-host.ts'
import { AclIndex, type IndexedAcl } from './acl-index.ts'

/** The reason of a verdict, as Kafka's authorizer log tells it. */
export type Rule = 'SuperUser' | 'DefaultAllow' | 'DefaultDeny' | AccessControlEntryRecord

export interface Verdict {
  readonly isAllowed: boolean
  readonly rule: Rule
}

export interface AuthorizerSettings {
  /** `type:name` of those who may do everything. */
  readonly superUsers: ReadonlySet<string>
  /** Whether a resource that no ACL is about is everybody's. */
  readonly isOpenByDefault: boolean
}

const SUPER_USER: Verdict = { isAllowed: true, rule: 'SuperUser' }
const DEFAULT_ALLOW: Verdict = { isAllowed: true, rule: 'DefaultAllow' }
const DEFAULT_DENY: Verdict = { isAllowed: false, rule: 'DefaultDeny' }

const implying = (...operations: AclOperation[]): ReadonlySet<number> =>
  new Set(operations.map((operation) => AclOperation[operation]))
/** Operations that are allowed together with others. */
const IMPLIED_BY: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [AclOperation.DESCRIBE, implying('DESCRIBE', 'READ', 'WRITE', 'DELETE', 'ALTER')],
  [AclOperation.DESCRIBE_CONFIGS, implying('DESCRIBE_CONFIGS', 'ALTER_CONFIGS')],
])

/** More than a client asks for in its life; a client that asks for names without end has them forgotten. */
const MAX_VERDICTS = 10_000
const MAX_CLIENTS = 10_000
/** All clients together have no more: those of one network may have more addresses than there is memory. */
const MAX_VERDICTS_IN_ALL = 200_000
/** A longer name is judged anew each time, as nobody but a stranger has such names. */
const LONGEST_KEPT_NAME = 256

export class StandardAuthorizer {
  readonly #settings: AuthorizerSettings
  readonly #index = new AclIndex()
  readonly #clients = new Map<string, ClientVerdicts>()
  #kept = { verdicts: 0 }

  constructor(settings: AuthorizerSettings) {
    this.#settings = settings
  }

  /** The verdicts that are kept, of all clients. */
  get keptVerdicts(): number {
    return this.#kept.verdicts
  }

  get aclCount(): number {
    return this.#index.size
  }

  /** Applies a change of the metadata. */
  change(removed: Iterable<string>, added: Iterable<AccessControlEntryRecord>): void {
    for (const id of removed) this.#index.remove(id)
    for (const acl of added) this.#index.add(acl)
    this.#forgetVerdicts()
  }

  /** Judges one client. To be asked for at each request: it knows the ACLs of the moment. */
  client(principal: { readonly type: string; readonly name: string }, remoteAddress: string): ClientVerdicts {
    const key = `${principal.type}:${principal.name}@${remoteAddress}`
    const known = this.#clients.get(key)
    const isFull = this.#kept.verdicts >= MAX_VERDICTS_IN_ALL
    if (known !== undefined && !isFull) return known
    if (isFull || this.#clients.size >= MAX_CLIENTS) this.#forgetVerdicts()
    const text = `${principal.type}:${principal.name}`
    const host = javaHostAddress(remoteAddress)
    const client = new ClientVerdicts(this.#index, this.#settings, text, host, this.#kept)
    this.#clients.set(key, client)
    return client
  }

  /** A request that is under way goes on with those that it has, which count for nobody then. */
  #forgetVerdicts(): void {
    this.#clients.clear()
    this.#kept = { verdicts: 0 }
  }
}

export class ClientVerdicts {
  /** `type:name`. */
  readonly principal: string
  /** The address in Java's form. */
  readonly host: string
  readonly #index: AclIndex
  readonly #isSuperUser: boolean
  readonly #default: Verdict
  /** By operation and type of resource, then by name. */
  readonly #verdicts = new Map<number, Map<string, Verdict>>()
  #kept = 0
  readonly #ofAll: { verdicts: number }

  constructor(
    index: AclIndex,
    settings: AuthorizerSettings,
    principal: string,
    host: string,
    ofAll: { verdicts: number },
  ) {
    this.#index = index
    this.#ofAll = ofAll
    this.#isSuperUser = settings.superUsers.has(principal)
    this.#default = settings.isOpenByDefault ? DEFAULT_ALLOW : DEFAULT_DENY
    this.principal = principal
    this.host = host
  }

  judge(operation: AclOperation, resource: ResourceType, name: string): Verdict {
    if (this.#isSuperUser) return SUPER_USER
    const key = (AclOperation[operation] << 8) | ResourceType[resource]
    let verdicts = this.#verdicts.get(key)
    if (verdicts === undefined) this.#verdicts.set(key, (verdicts = new Map()))
    const known = verdicts.get(name)
    if (known !== undefined) return known
    const verdict = this.#find(AclOperation[operation], ResourceType[resource], name)
    if (name.length > LONGEST_KEPT_NAME) return verdict
    this.#ofAll.verdicts++
    if (++this.#kept > MAX_VERDICTS) {
      this.#verdicts.clear()
      this.#ofAll.verdicts -= MAX_VERDICTS
      this.#kept = 1
      this.#verdicts.set(key, (verdicts = new Map()))
    }
    verdicts.set(name, verdict)
    return verdict
  }

  /**
   * Whether the operation is allowed on any resource of the type (KIP-679): there is an ACL that allows it on names that
   * none denies as a whole. What other operations imply does not count.
   */
  isAllowedOnAny(operation: AclOperation, resource: ResourceType): boolean {
    // A name that nobody uses: it is allowed to super users, and where everything is.
    if (this.judge(operation, resource, 'hardcode').isAllowed) return true
    const code = AclOperation[operation]
    const isMeant = (acl: AccessControlEntryRecord) => acl.operation === code || acl.operation === ALL_OPERATIONS
    const allowed: AccessControlEntryRecord[] = []
    const denied = { literal: new Set<string>(), prefixed: new Set<string>() }
    for (const each of this.#index.ofType(ResourceType[resource])) {
      const { acl } = each
      if (!this.#applies(each) || !isMeant(acl)) continue
      if (acl.permissionType === Permission.ALLOW) allowed.push(acl)
      else if (acl.patternType === PatternType.PREFIXED) denied.prefixed.add(acl.resourceName)
      else denied.literal.add(acl.resourceName)
    }
    if (denied.literal.has(ANY_NAME)) return false
    return allowed.some(({ patternType, resourceName }) => {
      const isLiteral = patternType === PatternType.LITERAL
      if (isLiteral && resourceName === ANY_NAME) return true
      if (isLiteral && denied.literal.has(resourceName)) return false
      for (let end = 1; end <= resourceName.length; end++) {
        if (denied.prefixed.has(resourceName.slice(0, end))) return false
      }
      return true
    })
  }

  #find(operation: number, resourceType: number, name: string): Verdict {
    let hasAcls = false
    let allowing: AccessControlEntryRecord | null = null
    const implied = IMPLIED_BY.get(operation)
    for (const each of this.#index.matching(resourceType, name)) {
      hasAcls = true
      const { acl } = each
      if (!this.#applies(each)) continue
      const isMeant = acl.operation === operation || acl.operation === ALL_OPERATIONS
      if (acl.permissionType === Permission.DENY) {
        if (isMeant) return { isAllowed: false, rule: acl }
      } else if (isMeant || implied?.has(acl.operation)) allowing ??= acl
    }
    if (allowing !== null) return { isAllowed: true, rule: allowing }
    return hasAcls ? DEFAULT_DENY : this.#default
  }

  #applies({ acl, appliesTo }: IndexedAcl): boolean {
    return (acl.principal === this.principal || acl.principal === ANY_PRINCIPAL) && appliesTo(this.host)
  }
}
