import type { AdminRequests } from '../controller/admin-requests.ts'
import { auditedRequests } from '../controller/audited-requests.ts'
import { type Controller, startController } from '../controller/index.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { HandlerRegistry } from '../dispatch/registry.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { ClientQuotas } from '../security/quotas/client-quotas.ts'
import { Server } from '../server/server.ts'
import { createDispatcher } from './create-dispatcher.ts'
import { clientQuotas } from './metadata-followers/follow-quotas.ts'
import type { Counts } from './metrics/counts.ts'
import { type Audit, openAudit } from './open-audit.ts'
import { type Authorization, openAuthorizer } from './open-authorizer.ts'
import { openSecurity, type Security } from './open-security.ts'
import { countsOf, openWeb } from './open-web.ts'
import type { BuildOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { Start } from './readiness.ts'

/** The side of a node that clients and other nodes see, whatever its roles are. */
export interface Front {
  readonly security: Security
  /** null: everybody may do everything. */
  readonly authorization: Authorization | null
  readonly quotas: ClientQuotas
  /** null: nobody would read it. */
  readonly counts: Counts | null
  readonly audit: Audit
  readonly dispatcher: Dispatcher
  readonly server: Server
}

/** Reads key stores, users and rules, and takes the ports. Nobody is served yet, but for those who ask by HTTP how far it is. */
export async function openFront(
  options: BuildOptions,
  parts: Parts,
  handlers: HandlerRegistry,
  { goOn, readiness }: Start,
): Promise<Front> {
  const { config, environment, loggers } = options
  const image = () => parts.controller?.metadata.image ?? null
  parts.handlers = handlers
  const security = await openSecurity(options, image)
  parts.security = security
  const audit = openAudit(options)
  const authorization = await openAuthorizer(options, image, audit.trail)
  const quotas = clientQuotas(config, environment)
  const judge = authorization?.judge ?? null
  const counts = countsOf(options)
  const dispatcher = createDispatcher(options, { handlers: handlers.served, judge, quotas, counts })
  const logger = loggers.named('samsa.server')
  const { trail } = audit
  const clientTraffic = counts?.clients ?? null
  const server = new Server({ config, environment, logger, audit: trail, dispatcher, security, clientTraffic })
  parts.server = server
  await server.bind()
  goOn()
  const front = { security, quotas, counts, audit, dispatcher, server }
  await openWeb(options, { parts, handlers, readiness, judge, ...front })
  return { ...front, authorization }
}

/** Loads the metadata, and puts their ACLs in force. `requests`: what people ask of the controller, audited. */
export async function openController(
  options: BuildOptions,
  parts: Parts,
  { authorization, audit, counts, server }: Front,
  logs: LogManager,
): Promise<{ controller: Controller; requests: AdminRequests }> {
  const { config, environment, loggers } = options
  const begin = options.startController ?? startController
  const logger = loggers.named('samsa.controller')
  const { controllerListeners } = server
  const controller = await begin({ config, environment, logger, logs, controllerListeners })
  parts.controller = controller
  const { metadata } = controller
  if (authorization !== null) {
    authorization.load(metadata.image)
    metadata.subscribe(authorization.follow)
  }
  if (counts !== null) metadata.subscribe(counts.changes.follow)
  return { controller, requests: auditedRequests(controller.requests, audit.changes) }
}
