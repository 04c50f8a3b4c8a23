/** Tells the log, and who looks at the page, who has changed something and what. */
import type { Logger } from '../env/logger.ts'
import { javaHostAddress } from './acl/acl-host.ts'
import type { AuditTrail } from './audit-trail.ts'
import { type Principal, principalText } from './principal.ts'

export interface Changer {
  readonly principal: Principal
  readonly address: string
}

export class ChangeAudit {
  readonly #logger: Logger
  readonly #trail: AuditTrail | null

  constructor(logger: Logger, trail: AuditTrail | null) {
    this.#logger = logger
    this.#trail = trail
  }

  /** `change` begins with a verb: `adds the ACL …`. `api`: by which request. */
  tell({ principal, address }: Changer, api: string, change: string): void {
    const who = principalText(principal)
    const host = javaHostAddress(address)
    this.#logger.info({ audit: 'changed', principal: who, host, api, change }, `${who} at ${host} ${change}`)
    this.#trail?.add({ kind: 'change', principal: who, address: host, what: change })
  }
}
