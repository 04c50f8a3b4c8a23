import type { Session } from './session.ts'

/** A sequence of requests, the same for both brokers, compared answer by answer. */
export interface Scenario {
  name: string
  /** Part of the short run as well. */
  quick?: boolean
  run(session: Session): Promise<void>
}
