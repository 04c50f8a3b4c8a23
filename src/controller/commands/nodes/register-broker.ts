/**
 * BrokerRegistration: a broker that starts takes its place in the cluster, fenced until its heartbeats say that it is
 * ready (KIP-631).
 *
 * Its last run is over: partitions that it led get other leaders, and after a stop that was not clean the broker is in sync
 * with nothing, for it may have lost what was not durable (KIP-966). The same incarnation may register again, to say
 * something else of itself, and stays what it was.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { BrokerRegistrationRequest } from '../../../../protocol/messages/broker-registration.ts'
import { isElrEnabled, KRAFT_VERSION, metadataLevel } from '../../../metadata/features.ts'
import { type BrokerRegistration, brokerOf } from '../../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import {
  METADATA_VERSION,
  registerBrokerRecordVersion,
  supportsDirectoryAssignment,
} from '../../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { isInSync, isInSyncOrEligible, leaderChanges } from '../rules/leader-changes.ts'

/** The version from which on a broker says which epoch it stopped cleanly in. */
const FIRST_VERSION_WITH_PREVIOUS_EPOCH = 3
/** The first hundred ids of directories stand for no directory (KIP-858). */
const RESERVED_DIRECTORIES = 100n

export interface RegistrationContext {
  readonly apiVersion: number
  readonly clusterId: string
  /** A broker with this id, in its newest registration, has been heard of within its session. */
  readonly hasSession: boolean
}

/** The answer is the broker's epoch, which is the offset of its registration. */
export function registerBroker(
  state: CommandState,
  request: Omit<BrokerRegistrationRequest, 'isMigratingZkBroker'> & { readonly isMigratingZkBroker?: boolean },
  context: RegistrationContext,
): CommandResult<bigint> {
  const { image, nextOffset } = state
  const { brokerId, incarnationId } = request
  const known = brokerOf(image.cluster, brokerId)
  check(image, request, known, context)
  const isAmended = known?.incarnationId === incarnationId
  const brokerEpoch = isAmended ? known.brokerEpoch : BigInt(nextOffset)
  const level = metadataLevel(image)
  const registration: MetadataRecord = {
    type: 'RegisterBrokerRecord',
    version: registerBrokerRecordVersion(level),
    value: {
      brokerId,
      isMigratingZkBroker: false,
      incarnationId,
      brokerEpoch,
      endPoints: request.listeners.map((each) => ({ ...each })),
      features: request.features.map((each) => ({ ...each })),
      rack: request.rack,
      fenced: isAmended ? known.fenced : true,
      inControlledShutdown: isAmended ? known.inControlledShutdown : false,
      logDirs: supportsDirectoryAssignment(level) ? [...request.logDirs] : [],
      cordonedLogDirs: null,
    },
  }
  return {
    records: isAmended ? [registration] : [registration, ...endOfLastRun(state, request, known, context)],
    response: brokerEpoch,
  }
}

function endOfLastRun(
  state: CommandState,
  { brokerId, previousBrokerEpoch }: Pick<BrokerRegistrationRequest, 'brokerId' | 'previousBrokerEpoch'>,
  known: BrokerRegistration | undefined,
  { apiVersion }: RegistrationContext,
): MetadataRecord[] {
  if (known === undefined && !isNamedAnywhere(state.image, brokerId)) return []
  const wasClean = apiVersion >= FIRST_VERSION_WITH_PREVIOUS_EPOCH && known?.brokerEpoch === previousBrokerEpoch
  return isElrEnabled(state.image) && !wasClean
    ? leaderChanges(state, isInSyncOrEligible(brokerId), { unclean: brokerId })
    : leaderChanges(state, isInSync(brokerId), { leaving: brokerId })
}

function isNamedAnywhere({ topics }: MetadataImage, brokerId: number): boolean {
  const isNamed = isInSyncOrEligible(brokerId)
  for (const { partitions } of topics) if (partitions.some(isNamed)) return true
  return false
}

/** Apache's checks in its order. */
function check(
  image: MetadataImage,
  request: Parameters<typeof registerBroker>[1],
  known: BrokerRegistration | undefined,
  { clusterId, hasSession }: RegistrationContext,
): void {
  if (request.clusterId !== clusterId) {
    throw new KafkaError(
      ErrorCode.INCONSISTENT_CLUSTER_ID,
      `Expected cluster ID ${clusterId}, but got cluster ID ${request.clusterId}`,
    )
  }
  if (hasSession && known !== undefined && known.incarnationId !== request.incarnationId) {
    throw new KafkaError(
      ErrorCode.DUPLICATE_BROKER_REGISTRATION,
      "Another broker is registered with that broker id. If the broker was recently restarted this should self-resolve once the heartbeat manager expires the broker's session.",
    )
  }
  if (request.isMigratingZkBroker) {
    throw new KafkaError(ErrorCode.BROKER_ID_NOT_REGISTERED, 'Controller does not support registering ZK brokers.')
  }
  if (supportsDirectoryAssignment(metadataLevel(image))) checkDirectories(image, request)
  checkFeatures(image, request)
}

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REGISTRATION, message)

function checkDirectories(
  { cluster }: MetadataImage,
  { brokerId, logDirs }: Pick<BrokerRegistrationRequest, 'brokerId' | 'logDirs'>,
): void {
  if (logDirs.length === 0) throw invalid('No directories specified in request')
  if (logDirs.some(isReserved)) throw invalid('Reserved directory ID in request')
  if (new Set(logDirs).size < logDirs.length) throw invalid('Duplicate directory ID in request')
  for (const other of cluster.brokers.values()) {
    if (other.brokerId === brokerId) continue
    const shared = logDirs.find((directory) => other.logDirs.includes(directory))
    if (shared === undefined) continue
    throw invalid(`Broker ${other.brokerId} is already registered with directory ${shared}`)
  }
}

const isReserved = (id: string): boolean =>
  BigInt(`0x${Buffer.from(id, 'base64url').toString('hex') || '0'}`) < RESERVED_DIRECTORIES

/** The broker must be able to read, and to do, what the cluster has agreed on. */
function checkFeatures(image: MetadataImage, { features }: Pick<BrokerRegistrationRequest, 'features'>): void {
  if (!features.some(({ name }) => name === METADATA_VERSION)) {
    throw invalid("Request features do not contain 'metadata.version'")
  }
  const finalized = new Map([...image.features, [KRAFT_VERSION, image.quorum.kraftVersion] as const])
  const named = new Map(features.map((range) => [range.name, range]))
  for (const name of new Set([...named.keys(), ...finalized.keys()])) {
    const level = finalized.get(name) ?? 0
    const { minSupportedVersion: least, maxSupportedVersion: most } = named.get(name) ?? NOT_SUPPORTED
    if (level >= least && level <= most) continue
    throw new KafkaError(
      ErrorCode.UNSUPPORTED_VERSION,
      `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants a version between ${least} and ${most}, inclusive.`,
    )
  }
}

const NOT_SUPPORTED = { minSupportedVersion: 0, maxSupportedVersion: 0 }
