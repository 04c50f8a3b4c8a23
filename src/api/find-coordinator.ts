/**
 * FindCoordinator (key 10): the broker that coordinates a group, a transactional id or a share partition.
 *
 * It is the leader of the key's partition of an internal topic, which is created when it is needed for the first time.
 *
 * v1   key type (transactions; KIP-98) and an error message, which is the word NONE when there is no error
 * v3   flexible
 * v4   several keys (KIP-699)
 * v6   share groups (KIP-932)
 */
import { ErrorCode, errorMessage, errorName } from '../../protocol/errors.ts'
import { coordinatorPartition } from '../../protocol/hashes.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../protocol/messages/find-coordinator.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import type { ApiHandler, ConnectionContext, RequestContext } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { NO_LEADER } from '../metadata/image/topics-image.ts'
import {
  CONSUMER_OFFSETS_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../metadata/internal-topics.ts'
import type { InternalTopicCreation } from './support/topics/internal-topic-creation.ts'

const CoordinatorType = { GROUP: 0, TRANSACTION: 1, SHARE: 2 } as const

const FIRST_BATCHED_VERSION = 4
const FIRST_SHARE_VERSION = 6

/** `groupId:topicId:partition`; only the group id may hold a colon. */
const SHARE_PARTITION_KEY = /^.+:[A-Za-z0-9_-]{22}:\d+$/s

interface Coordinator {
  readonly errorCode: number
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

const nobody = (errorCode: number): Coordinator => ({ errorCode, nodeId: -1, host: '', port: -1 })

export interface FindCoordinatorServices {
  groups: GroupCoordinator
  transactions: TransactionCoordinator
  internalTopics: InternalTopicCreation
  image: () => MetadataImage
  /** The address at which clients of this connection reach a broker; null when the broker is not alive. */
  endpoint: (brokerId: number, connection: ConnectionContext) => { host: string; port: number } | null
}

export function findCoordinatorHandler(
  services: FindCoordinatorServices,
): ApiHandler<typeof FindCoordinatorRequest, typeof FindCoordinatorResponse> {
  return {
    apiKey: 10,
    name: 'FindCoordinator',
    request: FindCoordinatorRequest,
    response: FindCoordinatorResponse,
    minVersion: 0,
    maxVersion: 6,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'GROUP',
          names: (request, version) => keysOf(request, version, CoordinatorType.GROUP),
          refused: 'item',
        },
        {
          operation: 'DESCRIBE',
          resource: 'TRANSACTIONAL_ID',
          names: (request, version) => keysOf(request, version, CoordinatorType.TRANSACTION),
          refused: 'item',
        },
        { operation: 'CLUSTER_ACTION', resource: 'CLUSTER', when: asksForShares, refused: 'request' },
      ],
    },

    async handle(context, request) {
      const { keyType } = request
      if (context.apiVersion < FIRST_BATCHED_VERSION) {
        return withMessage(await find(services, context, keyType, request.key))
      }
      if (!Object.values<number>(CoordinatorType).includes(keyType)) {
        return { coordinators: request.coordinatorKeys.map((key) => failed(key, ErrorCode.INVALID_REQUEST)) }
      }
      const found = request.coordinatorKeys.map(async (key) => ({
        key,
        ...(await find(services, context, keyType, key)),
      }))
      return { coordinators: await Promise.all(found) }
    },

    errorResponse({ apiVersion }, request, code) {
      if (apiVersion < FIRST_BATCHED_VERSION) return withMessage(nobody(code))
      return { coordinators: request.coordinatorKeys.map((key) => failed(key, code)) }
    },
  }
}

/** v0 asks for groups alone. */
function keysOf(request: FindCoordinatorRequest, apiVersion: number, keyType: number): string[] {
  if (request.keyType !== keyType) return []
  return apiVersion < FIRST_BATCHED_VERSION ? [request.key] : request.coordinatorKeys
}

const asksForShares = ({ keyType }: FindCoordinatorRequest, apiVersion: number): boolean =>
  keyType === CoordinatorType.SHARE && apiVersion >= FIRST_SHARE_VERSION

function withMessage(coordinator: Coordinator): Coordinator & { errorMessage: string } {
  const { errorCode } = coordinator
  return { ...coordinator, errorMessage: errorMessage(errorCode) ?? errorName(errorCode) }
}

const failed = (key: string, errorCode: number) => ({ key, ...withMessage(nobody(errorCode)) })

async function find(
  services: FindCoordinatorServices,
  { apiVersion, connection, permissions }: RequestContext,
  keyType: number,
  key: string,
): Promise<Coordinator> {
  if (keyType === CoordinatorType.GROUP && !permissions.allows('DESCRIBE', 'GROUP', key)) {
    return nobody(ErrorCode.GROUP_AUTHORIZATION_FAILED)
  }
  if (keyType === CoordinatorType.TRANSACTION && !permissions.allows('DESCRIBE', 'TRANSACTIONAL_ID', key)) {
    return nobody(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  }
  const { internalTopics, image, endpoint } = services
  const place = placeOf(services, keyType, key, apiVersion)
  if (place === null) return nobody(ErrorCode.INVALID_REQUEST)
  if (!(await internalTopics.ensure(place.topic))) return nobody(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  const leader = image().topics.partition(place.topic, place.partition())?.leader ?? NO_LEADER
  const address = leader === NO_LEADER ? null : endpoint(leader, connection)
  if (address === null) return nobody(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  return { errorCode: ErrorCode.NONE, nodeId: leader, host: address.host, port: address.port }
}

/** The partition whose leader coordinates the key; its number is known once the topic is there. Null: none can. */
function placeOf(
  { groups, transactions, internalTopics }: FindCoordinatorServices,
  keyType: number,
  key: string,
  apiVersion: number,
): { topic: string; partition: () => number } | null {
  switch (keyType) {
    case CoordinatorType.GROUP:
      return { topic: CONSUMER_OFFSETS_TOPIC, partition: () => groups.partitionFor(key) }
    case CoordinatorType.TRANSACTION:
      return { topic: TRANSACTION_STATE_TOPIC, partition: () => transactions.partitionFor(key) }
    case CoordinatorType.SHARE: {
      if (apiVersion < FIRST_SHARE_VERSION || !SHARE_PARTITION_KEY.test(key)) return null
      const topic = SHARE_GROUP_STATE_TOPIC
      return { topic, partition: () => coordinatorPartition(key, internalTopics.partitionCount(topic)) }
    }
    default:
      return null
  }
}
