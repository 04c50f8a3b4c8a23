/**
 * Asks the coordinator of a transaction, which may be another broker, to add partitions to it or whether they are part of
 * it (AddPartitionsToTxn from broker to broker, KIP-890).
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from '../../protocol/messages/add-partitions-to-txn.ts'
import type { BrokerPool } from '../client/broker-pool.ts'
import { ClientError } from '../client/errors.ts'
import type { PartitionsInput } from './transaction/partitions.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'

interface Options {
  readonly nodeId: number
  readonly here: TransactionCoordinator
  readonly brokers: Pick<BrokerPool, 'request'>
  /** The broker that leads the partition of `__transaction_state`; -1: nobody does. */
  readonly leaderOf: (partition: number) => number
}

/** The part of a coordinator that whoever appends to a transaction needs. */
export type TransactionMembership = Pick<TransactionCoordinator, 'addPartitions' | 'verifyPartitions'>

export function clusterTransactions(options: Options): TransactionMembership {
  const { nodeId, here, leaderOf } = options
  const coordinatorOf = ({ transactionalId }: PartitionsInput): number => leaderOf(here.partitionFor(transactionalId))
  return {
    async addPartitions(input, clientTransactionVersion) {
      const coordinator = coordinatorOf(input)
      if (coordinator === nodeId) return here.addPartitions(input, clientTransactionVersion)
      const errorOf = await ask(options, coordinator, input, false)
      const codes = [...input.partitions].flatMap(([topic, indexes]) =>
        [...indexes].map((partition) => errorOf(topic, partition)),
      )
      // One partition that is refused keeps the others from being attempted: the reason is what it was refused for.
      const reason = codes.find((code) => code !== ErrorCode.NONE && code !== ErrorCode.OPERATION_NOT_ATTEMPTED)
      const refusal = reason ?? codes.find((code) => code !== ErrorCode.NONE)
      if (refusal !== undefined) throw new KafkaError(refusal)
    },

    async verifyPartitions(input) {
      const coordinator = coordinatorOf(input)
      if (coordinator === nodeId) return here.verifyPartitions(input)
      const errorOf = await ask(options, coordinator, input, true)
      const isForeign = (code: number) =>
        code === ErrorCode.TRANSACTION_ABORTABLE || code === ErrorCode.INVALID_TXN_STATE
      for (const [topic, partitions] of input.partitions) {
        for (const partition of partitions) {
          const code = errorOf(topic, partition)
          if (code !== ErrorCode.NONE && !isForeign(code)) throw new KafkaError(code)
        }
      }
      return (topic, partition) => errorOf(topic, partition) === ErrorCode.NONE
    },
  }
}

/** Resolves to the coordinator's word on each partition. */
async function ask(
  { brokers }: Options,
  coordinator: number,
  { transactionalId, producerId, producerEpoch, partitions }: PartitionsInput,
  verifyOnly: boolean,
): Promise<(topic: string, partition: number) => number> {
  if (coordinator < 0) throw new KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  const topics = [...partitions].map(([name, indexes]) => ({ name, partitions: [...indexes] }))
  const transactions = [{ transactionalId, producerId, producerEpoch, verifyOnly, topics }]
  const answer = await brokers
    .request(coordinator, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, { transactions })
    .catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error
      throw new KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, error.message, { cause: error })
    })
  if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
  const results = answer.resultsByTransaction[0]?.topicResults ?? []
  return (topic, partition) =>
    results
      .find(({ name }) => name === topic)
      ?.resultsByPartition.find(({ partitionIndex }) => partitionIndex === partition)?.partitionErrorCode ??
    ErrorCode.UNKNOWN_SERVER_ERROR
}
