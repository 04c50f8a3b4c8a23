import { AuditTrail } from '../security/audit-trail.ts'
import { ChangeAudit } from '../security/change-audit.ts'
import { httpListeners } from './http-listeners.ts'
import type { BuildOptions } from './options.ts'

/** The audit of a broker, beside the lines of its logs. */
export interface Audit {
  /** null: there is no page to look at it. */
  readonly trail: AuditTrail | null
  readonly changes: ChangeAudit
}

export function openAudit(options: BuildOptions): Audit {
  const { environment, loggers } = options
  const isLookedAt = httpListeners(options).length > 0
  const trail = isLookedAt ? new AuditTrail(environment.clock) : null
  return { trail, changes: new ChangeAudit(loggers.named('samsa.security'), trail) }
}
