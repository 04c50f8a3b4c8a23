/**
 * The life of a broker in its cluster (KIP-631), as the controller's answers move it along.
 *
 * ```
 * starting ──(the controller sees it caught up)──▶ recovery ──(unfenced)──▶ running
 *    │                                               │                        │ leave
 *    │                                               │                        ▼
 *    └───────────────────── leave ───────────────────┴─────────────▶ controlledShutdown ──(it may go)──▶ stopped
 * ```
 *
 * Invariants:
 * - a broker that has not said that it is ready wants to be fenced, and is;
 * - no state is gone back to: a broker that is fenced while it runs (its heartbeats came late) is running, and says so;
 * - a broker that leaves says so in every heartbeat, until the controller lets it go or it stops waiting.
 *
 * A crash may come at any point: the controller fences the broker when its session ends, and the next start registers
 * under a new incarnation, which the controller refuses until then (DUPLICATE_BROKER_REGISTRATION).
 */
import type { BrokerHeartbeatResponse } from '../../../protocol/messages/broker-heartbeat.ts'

export type BrokerState = 'starting' | 'recovery' | 'running' | 'controlledShutdown' | 'stopped'

export type HeartbeatAnswer = Pick<BrokerHeartbeatResponse, 'isCaughtUp' | 'isFenced' | 'shouldShutDown'>

/** When the next heartbeat is to be sent. */
export type NextHeartbeat = 'soon' | 'inTurn' | 'never'

export interface Step {
  readonly state: BrokerState
  readonly next: NextHeartbeat
}

export function afterHeartbeat(state: BrokerState, answer: HeartbeatAnswer, isReady: boolean): Step {
  switch (state) {
    case 'starting':
      return { state: answer.isCaughtUp ? 'recovery' : 'starting', next: 'soon' }
    case 'recovery':
      if (!answer.isFenced) return { state: 'running', next: 'inTurn' }
      // A broker that has said that it is ready is unfenced as soon as the controller has seen it.
      return { state: 'recovery', next: isReady ? 'soon' : 'inTurn' }
    case 'running':
      return { state: 'running', next: 'inTurn' }
    case 'controlledShutdown':
      return answer.shouldShutDown ? { state: 'stopped', next: 'never' } : { state: 'controlledShutdown', next: 'soon' }
    case 'stopped':
      return { state: 'stopped', next: 'never' }
  }
}

/** The state of a broker that begins to leave: one that leads nothing yet has nothing to hand over. */
export const whenLeaving = (state: BrokerState): BrokerState => (state === 'running' ? 'controlledShutdown' : 'stopped')
