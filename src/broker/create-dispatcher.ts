import { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Judge } from '../dispatch/judgment.ts'
import { NotableRequests } from '../dispatch/notable-requests.ts'
import type { ServedHandlers } from '../dispatch/registry.ts'
import type { ClientQuotas } from '../security/quotas/client-quotas.ts'
import type { Counts } from './metrics/counts.ts'
import type { BuildOptions } from './options.ts'

export interface DispatcherParts {
  readonly handlers: ServedHandlers
  readonly judge: Judge | null
  readonly quotas: ClientQuotas | null
  readonly counts: Counts | null
}

export function createDispatcher(
  { environment, loggers, interceptor }: BuildOptions,
  { handlers, judge, quotas, counts }: DispatcherParts,
): Dispatcher {
  const logger = loggers.named('samsa.requests')
  const notable = new NotableRequests(environment.clock, logger)
  return new Dispatcher(handlers, logger, judge, quotas, interceptor ?? null, counts?.requests ?? null, notable)
}
