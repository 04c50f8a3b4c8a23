/** Acknowledgements as ShareAcknowledge and ShareFetch bring them. */
import { ErrorCode, errorMessage } from '../../../../protocol/errors.ts'
import type { ShareAcknowledgeRequest } from '../../../../protocol/messages/share-acknowledge.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { ReplicaManager } from '../../../replication/replica-manager.ts'
import type { AcknowledgeResult, PartitionAcknowledgements, SharePartitions } from '../../../share/share-partitions.ts'

type Batches = ShareAcknowledgeRequest['topics'][number]['partitions'][number]['acknowledgementBatches']

const REJECT = 3
const RENEW = 4
const FIRST_RENEW_VERSION = 2

export interface AcknowledgeInput {
  readonly groupId: string
  readonly memberId: string
  readonly isRenewAck: boolean
  readonly topics: ShareAcknowledgeRequest['topics']
}

/** Resolves to an answer for each partition of which the request says something. */
export async function acknowledgeAll(
  { permissions, apiVersion }: RequestContext,
  replicas: ReplicaManager,
  shares: SharePartitions,
  { groupId, memberId, isRenewAck, topics }: AcknowledgeInput,
): Promise<AcknowledgeResult[]> {
  const answers: AcknowledgeResult[] = []
  const wanted: PartitionAcknowledgements[] = []
  const maxType = apiVersion >= FIRST_RENEW_VERSION ? RENEW : REJECT
  for (const { topicId, partitions } of topics) {
    const topic = replicas.topicName(topicId)
    for (const { partitionIndex: partition, acknowledgementBatches } of partitions) {
      const code = (): number => {
        if (topic === null) return ErrorCode.UNKNOWN_TOPIC_ID
        if (!areValid(acknowledgementBatches, maxType, isRenewAck)) return ErrorCode.INVALID_REQUEST
        if (!permissions.allows('READ', 'TOPIC', topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED
        if (replicas.getById(topicId, partition) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        return ErrorCode.NONE
      }
      const errorCode = code()
      if (errorCode !== ErrorCode.NONE || acknowledgementBatches.length === 0) {
        answers.push({ topicId, partition, errorCode, errorMessage: errorMessage(errorCode) })
      } else wanted.push({ topicId, partition, acknowledgements: acknowledgementBatches.map(acknowledgement) })
    }
  }
  // Apache tells of partitions without acknowledgements where there are such with them.
  if (wanted.length === 0) return answers.filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
  return [...(await shares.acknowledge(groupId, memberId, wanted)), ...answers]
}

const acknowledgement = ({ firstOffset, lastOffset, acknowledgeTypes }: Batches[number]) => {
  return { firstOffset: Number(firstOffset), lastOffset: Number(lastOffset), types: acknowledgeTypes }
}

/** In the order of offsets, with one type for all or one for each. Locks are renewed by requests that say so. */
function areValid(batches: Batches, maxType: number, isRenewAck: boolean): boolean {
  let previousEnd = -1n
  return batches.every(({ firstOffset, lastOffset, acknowledgeTypes: types }) => {
    const isOrdered = firstOffset <= lastOffset && firstOffset >= previousEnd
    const isCounted = types.length === 1 || BigInt(types.length - 1) === lastOffset - firstOffset
    previousEnd = lastOffset
    const isKnown = (type: number) => type >= 0 && type <= maxType && (type !== RENEW || isRenewAck)
    return isOrdered && types.length > 0 && isCounted && types.every(isKnown)
  })
}
