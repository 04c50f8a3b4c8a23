/**
 * TxnOffsetCommit (key 28): a group's positions, to be committed together with what a producer writes.
 *
 * v2   leader epoch of the last record (KIP-320)
 * v3   flexible; member id, group instance id and generation, which fence members that were replaced (KIP-447)
 * v4   TRANSACTION_ABORTABLE may be answered (KIP-890)
 * v5   adds the group to the transaction by itself (transaction version 2, KIP-890)
 * v6   topics by id; GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH may be answered (KIP-1319)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/messages/txn-offset-commit.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { clientErrorCode } from '../coordinator/runtime/client-error.ts'
import type { TransactionSupport, TransactionVerifier } from '../coordinator/transaction-verifier.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import { mergedTopics } from './support/topics/merged-topics.ts'
import { refusedTopic, topicsToCommit } from './support/topics-to-commit.ts'

type Topic = TxnOffsetCommitRequest['topics'][number]
type AnsweredTopic = NonNullable<Encodable<typeof TxnOffsetCommitResponse>['topics']>[number]

/** Offsets are written without sequences. */
const NO_SEQUENCE = -1
/** Earlier clients cannot wait for a coordinator that is loading (KAFKA-7296). */
const FIRST_LOADING_VERSION = 2
const FIRST_TOPIC_ID_VERSION = 6

interface Services {
  groups: GroupCoordinator
  verifier: TransactionVerifier
  replicas: ReplicaManager
  image: () => MetadataImage
}

export function txnOffsetCommitHandler(
  services: Services,
): ApiHandler<typeof TxnOffsetCommitRequest, typeof TxnOffsetCommitResponse> {
  return {
    apiKey: 28,
    name: 'TxnOffsetCommit',
    request: TxnOffsetCommitRequest,
    response: TxnOffsetCommitResponse,
    minVersion: 0,
    maxVersion: 6,
    access: {
      needs: [
        {
          operation: 'WRITE',
          resource: 'TRANSACTIONAL_ID',
          names: ({ transactionalId }) => [transactionalId],
          refused: 'request',
        },
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: ({ topics }, version) => (version < FIRST_TOPIC_ID_VERSION ? topics.map(({ name }) => name) : []),
          topicIds: ({ topics }, version) =>
            version < FIRST_TOPIC_ID_VERSION ? [] : topics.map(({ topicId }) => topicId),
          refused: 'item',
        },
      ],
      items: { request: 'topics', response: 'topics' },
    },

    async handle({ apiVersion }, request) {
      const byId = apiVersion >= FIRST_TOPIC_ID_VERSION
      const { known, refused } = topicsToCommit(services.image(), request.topics, { byId })
      if (known.length === 0) return { topics: refused }
      const answered: AnsweredTopic[] = [
        ...refused,
        ...(await commit(services, { ...request, topics: known }, apiVersion)),
      ]
      return { topics: mergedTopics(answered) }
    },

    errorResponse({ apiVersion }, request, code) {
      return { topics: answers(request.topics, knownToClient(code, apiVersion)) }
    },
  }
}

async function commit(
  services: Services,
  request: TxnOffsetCommitRequest,
  apiVersion: number,
): Promise<readonly AnsweredTopic[]> {
  try {
    if (request.groupId === '') throw new KafkaError(ErrorCode.INVALID_GROUP_ID)
    const guard = await verify(services, request, apiVersion)
    return (await services.groups.offsets.commitTransactional(apiVersion, request, guard)).topics ?? []
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return answers(request.topics, knownToClient(clientErrorCode(error.code), apiVersion))
  }
}

/** The guard with which the offsets may be written. Throws what the coordinator of the transaction says. */
async function verify(
  { groups, replicas, verifier }: Services,
  { transactionalId, producerId, producerEpoch, groupId }: TxnOffsetCommitRequest,
  apiVersion: number,
): Promise<object | null | undefined> {
  const partition = replicas.get(CONSUMER_OFFSETS_TOPIC, groups.partitionFor(groupId))
  if (partition === undefined) throw new KafkaError(ErrorCode.NOT_COORDINATOR)
  const input = { transactionalId, producerId, producerEpoch, support: supportOf(apiVersion) }
  const result = (await verifier.verify(input, [{ partition, baseSequence: NO_SEQUENCE }])).get(partition)
  if (result === undefined || 'error' in result) throw result?.error ?? new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  return result.guard
}

function supportOf(apiVersion: number): TransactionSupport {
  if (apiVersion >= 5) return 'adding'
  return apiVersion >= 4 ? 'abortable' : 'strict'
}

function knownToClient(code: number, apiVersion: number): number {
  const isLoading = code === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
  return isLoading && apiVersion < FIRST_LOADING_VERSION ? ErrorCode.COORDINATOR_NOT_AVAILABLE : code
}

const answers = (topics: readonly Topic[], errorCode: number): AnsweredTopic[] =>
  topics.map((topic) => refusedTopic(topic, topic.partitions, errorCode))
