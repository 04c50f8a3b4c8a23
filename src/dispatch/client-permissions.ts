import { AclOperation, type ResourceType, SUPPORTED_OPERATIONS } from '../../protocol/acl.ts'
import type { AclAudit } from '../security/acl/acl-audit.ts'
import type { ClientVerdicts } from '../security/acl/standard-authorizer.ts'
import type { Permissions } from './access.ts'

/** An authorizer's verdicts on one request, told to the audit: each denial once. */
export class ClientPermissions implements Permissions {
  readonly #verdicts: ClientVerdicts
  readonly #audit: AclAudit
  readonly #api: string
  #told: Set<string> | null = null

  constructor(verdicts: ClientVerdicts, audit: AclAudit, api: string) {
    this.#verdicts = verdicts
    this.#audit = audit
    this.#api = api
  }

  allows(operation: AclOperation, resource: ResourceType, name: string, quietly = false): boolean {
    const verdict = this.#verdicts.judge(operation, resource, name)
    const { isAllowed } = verdict
    if (isAllowed ? !this.#audit.tellsAllowed : quietly) return isAllowed
    const key = `${operation} ${resource} ${name}`
    this.#told ??= new Set()
    if (this.#told.has(key)) return isAllowed
    this.#told.add(key)
    const { principal, host } = this.#verdicts
    this.#audit.tell({ principal, host, operation, resource, name, api: this.#api }, verdict)
    return isAllowed
  }

  allowsOnAny(operation: AclOperation, resource: ResourceType): boolean {
    return this.#verdicts.isAllowedOnAny(operation, resource)
  }

  operations(resource: ResourceType, name: string): number {
    return SUPPORTED_OPERATIONS[resource].reduce((bits, operation) => {
      return this.#verdicts.judge(operation, resource, name).isAllowed ? bits | (1 << AclOperation[operation]) : bits
    }, 0)
  }
}
