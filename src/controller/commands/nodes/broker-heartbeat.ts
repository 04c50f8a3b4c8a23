/**
 * BrokerHeartbeat: a broker is alive, says how far it has read the metadata, and what it wants; the controller moves it
 * from state to state (KIP-631). Apache's BrokerHeartbeatManager.
 *
 * ```
 *            registration
 *                 │
 *                 ▼        ready, and has read its own registration
 *   ┌────────▶ fenced ───────────────────────────────────────────────▶ unfenced
 *   │             ▲                                                        │
 *   │             └──────── its session ended, or it wants to be fenced ───┤
 *   │                                                                      │ wants to shut down, and leads partitions
 *   │  leads nothing any more, and all who are                             ▼
 *   └─ active have read that ─────────────────────────────────── controlled shutdown
 * ```
 *
 * Invariants:
 * - who is fenced leads nothing, and is in sync with nothing unless nobody else is;
 * - who is unfenced has read its own registration, and so knows all that was decided of it before;
 * - a broker may go when nobody who serves believes any more that it leads.
 *
 * A crash of the controller may come at any point: what is in the log is true, a controlled shutdown is begun anew by the
 * next heartbeat, and every unfenced broker has a new session from the start of the next controller on.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { BrokerHeartbeatRequest } from '../../../../protocol/messages/broker-heartbeat.ts'
import { metadataLevel } from '../../../metadata/features.ts'
import { type BrokerRegistration, brokerOf, type ClusterImage } from '../../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import { supportsCordonedLogDirs, supportsDirectoryAssignment } from '../../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { brokerChange } from '../rules/broker-change.ts'
import { isInSync, leaderChanges } from '../rules/leader-changes.ts'
import { cordonLogDirs } from './cordon-log-dirs.ts'

/** The part of a broker's life that a controller remembers and does not write down. */
export interface SessionView {
  /** The end of the log when the broker's controlled shutdown began; null: it has not. */
  readonly shutdownOffset: number | null
  /** The least that any other broker, which is unfenced and does not shut down, has read; `Infinity`: there is none. */
  readonly lowestActiveOffset: number
}

export interface HeartbeatReply {
  readonly isCaughtUp: boolean
  readonly isFenced: boolean
  readonly inControlledShutdown: boolean
  readonly shouldShutDown: boolean
}

type ControlState = 'fenced' | 'unfenced' | 'controlledShutdown' | 'shutdownNow'

/** Throws STALE_BROKER_EPOCH where the broker is not registered, or is in another epoch. */
export function checkBrokerEpoch(cluster: ClusterImage, brokerId: number, brokerEpoch: bigint): BrokerRegistration {
  const broker = brokerOf(cluster, brokerId)
  if (broker === undefined) {
    throw new KafkaError(ErrorCode.STALE_BROKER_EPOCH, `No broker registration found for broker id ${brokerId}`)
  }
  if (broker.brokerEpoch !== brokerEpoch) {
    const message = `Expected broker epoch ${broker.brokerEpoch}, but got broker epoch ${brokerEpoch}`
    throw new KafkaError(ErrorCode.STALE_BROKER_EPOCH, message)
  }
  return broker
}

export function brokerHeartbeat(
  state: CommandState,
  request: BrokerHeartbeatRequest,
  session: SessionView,
): CommandResult<HeartbeatReply> {
  const broker = checkBrokerEpoch(state.image.cluster, request.brokerId, request.brokerEpoch)
  const isCaughtUp = request.currentMetadataOffset >= broker.brokerEpoch
  const now = stateOf(broker, session)
  const next = nextState(state.image, request, session, now, isCaughtUp)
  const records = [
    ...(next === now ? [] : transition(state, broker, next)),
    ...offlineDirectories(state, broker, request.offlineLogDirs),
    ...cordonedDirectories(state, broker, request.cordonedLogDirs),
  ]
  const response = {
    isCaughtUp,
    isFenced: next === 'fenced' || next === 'shutdownNow',
    inControlledShutdown: next === 'controlledShutdown',
    shouldShutDown: next === 'shutdownNow',
  }
  return { records, response }
}

/** A broker whose session has ended. One that is fenced already, or registered anew, stays as it is. */
export function fenceStaleBroker(
  state: CommandState,
  { brokerId, brokerEpoch }: Pick<BrokerRegistration, 'brokerId' | 'brokerEpoch'>,
): CommandResult<boolean> {
  const broker = brokerOf(state.image.cluster, brokerId)
  const isStale = broker !== undefined && broker.brokerEpoch === brokerEpoch && !broker.fenced
  return { records: isStale ? transition(state, broker, 'fenced') : [], response: isStale }
}

function stateOf({ fenced }: BrokerRegistration, { shutdownOffset }: SessionView): ControlState {
  if (fenced) return 'fenced'
  return shutdownOffset === null ? 'unfenced' : 'controlledShutdown'
}

function nextState(
  image: MetadataImage,
  { brokerId, wantFence, wantShutDown }: BrokerHeartbeatRequest,
  { shutdownOffset, lowestActiveOffset }: SessionView,
  now: ControlState,
  isCaughtUp: boolean,
): ControlState {
  switch (now) {
    case 'fenced':
      if (wantShutDown) return 'shutdownNow'
      return !wantFence && isCaughtUp ? 'unfenced' : 'fenced'
    case 'unfenced':
      if (wantFence) return wantShutDown ? 'shutdownNow' : 'fenced'
      if (!wantShutDown) return 'unfenced'
      return leadsAnything(image, brokerId) ? 'controlledShutdown' : 'shutdownNow'
    case 'controlledShutdown': {
      const isKnown = (shutdownOffset ?? 0) <= lowestActiveOffset
      return !leadsAnything(image, brokerId) && isKnown ? 'shutdownNow' : 'controlledShutdown'
    }
    case 'shutdownNow':
      return now
  }
}

function leadsAnything({ topics }: MetadataImage, brokerId: number): boolean {
  for (const { partitions } of topics) if (partitions.some(({ leader }) => leader === brokerId)) return true
  return false
}

function transition(state: CommandState, broker: BrokerRegistration, next: ControlState): MetadataRecord[] {
  const { brokerId } = broker
  switch (next) {
    case 'unfenced':
      return [
        brokerChange(broker, { fenced: false }),
        ...leaderChanges(state, ({ leader }) => leader < 0, { arriving: brokerId }),
      ]
    case 'controlledShutdown':
      return [
        ...(broker.inControlledShutdown ? [] : [brokerChange(broker, { inControlledShutdown: true })]),
        ...leaderChanges(state, isInSync(brokerId), { leaving: brokerId }),
      ]
    case 'fenced':
    case 'shutdownNow':
      return [
        ...leaderChanges(state, isInSync(brokerId), { leaving: brokerId }),
        ...(broker.fenced ? [] : [brokerChange(broker, { fenced: true })]),
      ]
  }
}

/** Disks that have failed since (KIP-858): what was on them is led by others. */
function offlineDirectories(
  state: CommandState,
  broker: BrokerRegistration,
  offline: readonly string[],
): MetadataRecord[] {
  const failed = broker.logDirs.filter((directory) => offline.includes(directory))
  if (failed.length === 0 || !supportsDirectoryAssignment(metadataLevel(state.image))) return []
  const { brokerId, logDirs } = broker
  const changes = leaderChanges(
    state,
    ({ replicas, directories }) => failed.includes(directories[replicas.indexOf(brokerId)] ?? ''),
    { leaving: brokerId },
  )
  const left = logDirs.filter((directory) => !failed.includes(directory))
  return [...changes, brokerChange(broker, { logDirs: left })]
}

const cordonedDirectories = (
  state: CommandState,
  { brokerId }: BrokerRegistration,
  cordoned: readonly string[] | null,
): readonly MetadataRecord[] =>
  cordoned === null || !supportsCordonedLogDirs(metadataLevel(state.image))
    ? []
    : cordonLogDirs(state, brokerId, cordoned).records
