/**
 * AddPartitionsToTxn (key 24): makes partitions part of a producer's transaction, before it writes to them.
 *
 * All or nothing: a partition that does not exist keeps the others out (OPERATION_NOT_ATTEMPTED). Clients send v0 to v3;
 * since transaction version 2 they leave it to the leader they produce to, which sends v4 and later.
 *
 * v2   PRODUCER_FENCED may be answered (KIP-588)
 * v3   flexible
 * v4   several transactions, from broker to broker; may ask only whether partitions are part of one (KIP-890)
 * v5   TRANSACTION_ABORTABLE may be answered (KIP-890)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from '../../protocol/messages/add-partitions-to-txn.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { isInternalTopic } from '../metadata/internal-topics.ts'
import { FIRST_FENCED_VERSION, knownToClient } from './support/producer-fenced.ts'

type Transaction = AddPartitionsToTxnRequest['transactions'][number]
type Answer = NonNullable<Encodable<typeof AddPartitionsToTxnResponse>['resultsByTransaction']>[number]
/** The error of one partition. */
type Verdict = (topic: string, partition: number) => number

const FIRST_BATCHED_VERSION = 4

interface Services {
  transactions: TransactionCoordinator
  image: () => MetadataImage
}

export function addPartitionsToTxnHandler(
  services: Services,
): ApiHandler<typeof AddPartitionsToTxnRequest, typeof AddPartitionsToTxnResponse> {
  return {
    apiKey: 24,
    name: 'AddPartitionsToTxn',
    request: AddPartitionsToTxnRequest,
    response: AddPartitionsToTxnResponse,
    minVersion: 0,
    maxVersion: 5,
    access: {
      needs: [
        {
          operation: 'CLUSTER_ACTION',
          resource: 'CLUSTER',
          when: (_request, version) => version >= FIRST_BATCHED_VERSION,
          refused: 'request',
        },
        {
          operation: 'WRITE',
          resource: 'TRANSACTIONAL_ID',
          names: (request, version) => (version < FIRST_BATCHED_VERSION ? [request.v3AndBelowTransactionalId] : []),
          refused: 'request',
        },
        {
          operation: 'WRITE',
          resource: 'TOPIC',
          names: (request, version) => (version < FIRST_BATCHED_VERSION ? clientTopics(request) : []),
          refused: 'item',
        },
      ],
    },

    async handle(context, request) {
      const { apiVersion } = context
      const answers = requested(request, apiVersion).map((transaction) => handle(services, transaction, context))
      return response(await Promise.all(answers), apiVersion)
    },

    errorResponse({ apiVersion }, request, code) {
      if (apiVersion >= FIRST_BATCHED_VERSION) return { errorCode: code }
      const answers = requested(request, apiVersion).map((transaction) => answer(transaction, () => code))
      return response(answers, apiVersion)
    },
  }
}

/** Internal topics are refused to clients whatever they may do. */
const clientTopics = ({ v3AndBelowTopics }: AddPartitionsToTxnRequest): string[] =>
  v3AndBelowTopics.map(({ name }) => name).filter((name) => !isInternalTopic(name))

function requested(request: AddPartitionsToTxnRequest, apiVersion: number): Transaction[] {
  if (apiVersion >= FIRST_BATCHED_VERSION) return request.transactions
  return [
    {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
      verifyOnly: false,
      topics: request.v3AndBelowTopics,
    },
  ]
}

function response(answers: Answer[], apiVersion: number): Encodable<typeof AddPartitionsToTxnResponse> {
  if (apiVersion >= FIRST_BATCHED_VERSION) return { resultsByTransaction: answers }
  return { resultsByTopicV3AndBelow: answers[0]?.topicResults }
}

function answer({ transactionalId, topics }: Transaction, errorOf: Verdict): Answer {
  return {
    transactionalId,
    topicResults: topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: errorOf(name, partitionIndex),
      })),
    })),
  }
}

async function handle(
  { transactions, image }: Services,
  transaction: Transaction,
  { apiVersion, permissions }: RequestContext,
): Promise<Answer> {
  const { topics } = image()
  // Clients write to no topic of the coordinators; the offsets of a transaction are added by AddOffsetsToTxn.
  const isForbidden = (topic: string) =>
    apiVersion < FIRST_BATCHED_VERSION && (isInternalTopic(topic) || !permissions.allows('WRITE', 'TOPIC', topic))
  const exists = (topic: string, partition: number) => topics.partition(topic, partition) !== undefined
  const isAllowed = (topic: string, partition: number) => !isForbidden(topic) && exists(topic, partition)
  if (!transaction.topics.every(({ name, partitions }) => partitions.every((index) => isAllowed(name, index)))) {
    return answer(transaction, (topic, partition) => {
      if (isForbidden(topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED
      return exists(topic, partition) ? ErrorCode.OPERATION_NOT_ATTEMPTED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    })
  }
  try {
    return answer(transaction, await verdict(transactions, transaction, apiVersion))
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const code = knownToClient(error.code, apiVersion >= FIRST_FENCED_VERSION.ADD_PARTITIONS_TO_TXN)
    return answer(transaction, () => code)
  }
}

async function verdict(
  transactions: TransactionCoordinator,
  { verifyOnly, topics, ...producer }: Transaction,
  apiVersion: number,
): Promise<Verdict> {
  const partitions = new Map(topics.map(({ name, partitions }) => [name, new Set(partitions)]))
  if (verifyOnly) {
    const contains = await transactions.verifyPartitions({ ...producer, partitions })
    return (topic, partition) => (contains(topic, partition) ? ErrorCode.NONE : ErrorCode.TRANSACTION_ABORTABLE)
  }
  await transactions.addPartitions({ ...producer, partitions }, apiVersion >= FIRST_BATCHED_VERSION ? 2 : 0)
  return () => ErrorCode.NONE
}
