import type { AclOperation, ResourceType } from '../../../protocol/acl.ts'
import { operationName, patternTypeName, permissionName, resourceTypeName } from '../../../protocol/acl-codes.ts'
import type { AccessControlEntryRecord } from '../../../protocol/messages/access-control-entry-record.ts'
import type { Logger } from '../../env/logger.ts'
import type { AuditTrail } from '../audit-trail.ts'
import type { Rule, Verdict } from './standard-authorizer.ts'

export interface Action {
  /** `type:name`. */
  readonly principal: string
  readonly host: string
  readonly operation: AclOperation
  readonly resource: ResourceType
  readonly name: string
  readonly api: string
}

/** Kafka's authorizer log: one line for each action, denied ones at info, allowed ones at debug. The trail has the denied ones. */
export class AclAudit {
  readonly #logger: Logger
  readonly #trail: AuditTrail | null

  constructor(logger: Logger, trail: AuditTrail | null) {
    this.#logger = logger
    this.#trail = trail
  }

  /** Whether anybody would read what is allowed: the level may change at any time. */
  get tellsAllowed(): boolean {
    return this.#logger.isLevelEnabled?.('debug') ?? true
  }

  tell(action: Action, { isAllowed, rule }: Verdict): void {
    const { principal, host, operation, resource, name, api } = action
    const details = { audit: isAllowed ? 'allowed' : 'denied', ...action, rule: ruleText(rule) }
    const verb = isAllowed ? 'Allowed' : 'Denied'
    const line = `${principal} at ${host} is ${verb} ${operation} on ${resource}:${name} for ${api}, by ${details.rule}`
    if (isAllowed) return this.#logger.debug(details, line)
    this.#logger.info(details, line)
    const what = `is denied ${operation} on ${resource}:${name} for ${api}, by ${details.rule}`
    this.#trail?.add({ kind: 'denied', principal, address: host, what })
  }
}

/** A rule in one line: its name, or the ACL that decided. */
export const ruleText = (rule: Rule): string => (typeof rule === 'string' ? rule : aclText(rule))

export function aclText(acl: Omit<AccessControlEntryRecord, 'id'>): string {
  const { principal, host, resourceName } = acl
  const resource = `${resourceTypeName(acl.resourceType)}:${patternTypeName(acl.patternType)}:${resourceName}`
  return `${permissionName(acl.permissionType)} ${operationName(acl.operation)} to ${principal} from ${host} on ${resource}`
}
