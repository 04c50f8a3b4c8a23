import type { BrokerConfig } from '../../config/index.ts'
import type { TransactionMembership } from '../../coordinator/cluster-transactions.ts'
import type { GroupCoordinator } from '../../coordinator/group-coordinator.ts'
import type { TransactionCoordinator } from '../../coordinator/transaction-coordinator.ts'
import { markerWriter } from '../../coordinator/transaction-markers.ts'
import { TransactionVerifier } from '../../coordinator/transaction-verifier.ts'
import type { Environment } from '../../env/index.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { addOffsetsToTxnHandler } from '../add-offsets-to-txn.ts'
import { addPartitionsToTxnHandler } from '../add-partitions-to-txn.ts'
import { describeProducersHandler } from '../describe-producers.ts'
import { describeTransactionsHandler } from '../describe-transactions.ts'
import { endTxnHandler } from '../end-txn.ts'
import { initProducerIdHandler } from '../init-producer-id.ts'
import { listTransactionsHandler } from '../list-transactions.ts'
import { produceHandler } from '../produce.ts'
import type { LeaderLookup } from '../support/changed-leaders.ts'
import type { SchemaValidation } from '../support/produce/schema-validation.ts'
import { txnOffsetCommitHandler } from '../txn-offset-commit.ts'
import { writeTxnMarkersHandler } from '../write-txn-markers.ts'

export interface TransactionServices {
  config: BrokerConfig
  environment: Environment
  metadata: PublishedMetadata
  replicas: ReplicaManager
  groups: GroupCoordinator
  transactions: TransactionCoordinator
  /** The transactions of the whole cluster. */
  membership: TransactionMembership
  validation: SchemaValidation
  leaders: LeaderLookup
}

/** The APIs of producers: their ids, their transactions, and what they write in them. */
export function transactionHandlers(services: TransactionServices) {
  const { config, environment, metadata, replicas, groups, transactions, membership, validation, leaders } = services
  const { clock } = environment
  const image = () => metadata.image
  const verifier = new TransactionVerifier({
    transactions: membership,
    clock,
    isEnabled: () => config.get('transaction.partition.verification.enable'),
    retryBackoffMs: config.get('add.partitions.to.txn.retry.backoff.ms'),
    retryMaxMs: config.get('add.partitions.to.txn.retry.backoff.max.ms'),
  })
  return [
    produceHandler({ replicas, verifier, validation, leaders }),
    initProducerIdHandler({ transactions }),
    addPartitionsToTxnHandler({ transactions, image }),
    addOffsetsToTxnHandler({ transactions, groups }),
    txnOffsetCommitHandler({ groups, verifier, replicas, image }),
    endTxnHandler({ transactions }),
    writeTxnMarkersHandler({ writeMarker: markerWriter({ replicas, groups, clock }) }),
    describeTransactionsHandler({ transactions }),
    listTransactionsHandler({ transactions }),
    describeProducersHandler({ replicas, image }),
  ]
}
