import { join } from 'node:path'
import { ANY_TIME, CLEAN, quiet, temporaryDirectory } from '../../../proof/log/support.ts'
import { decodeMessage, encodeMessage } from '../../../protocol/compile.ts'
import { type BatchOptions, buildBatch } from '../../../protocol/records/build.ts'
import type { Decoded, Encodable, MessageSchema } from '../../../protocol/schema.ts'
import { type LeaderLookup, leaderLookup } from '../../../src/api/support/changed-leaders.ts'
import { transactionHandlers } from '../../../src/api/wiring/transaction-handlers.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { groupCoordinatorConfig } from '../../../src/coordinator/group/group-config.ts'
import { GroupCoordinator } from '../../../src/coordinator/group-coordinator.ts'
import { ReplicatedLog } from '../../../src/coordinator/runtime/replicated-log.ts'
import { ProducerIds } from '../../../src/coordinator/transaction/producer-ids.ts'
import { transactionCoordinatorConfig } from '../../../src/coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../../../src/coordinator/transaction-coordinator.ts'
import { markerWriter } from '../../../src/coordinator/transaction-markers.ts'
import type { ApiHandler } from '../../../src/dispatch/handler.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { createLogContext } from '../../../src/log/create-log-context.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { createLogFiles, loadLog } from '../../../src/log/recovery/load-log.ts'
import { MetadataPublisher } from '../../../src/metadata/metadata-publisher.ts'
import { Partition } from '../../../src/replication/partition.ts'
import { ReplicaManager } from '../../../src/replication/replica-manager.ts'
import { MemoryPersister } from '../../coordinator/support/memory-persister.ts'
import { ALONE, replicaEnvironment } from '../../replication/support.ts'
import { imageWithTopics, requestContext, TOPIC_IDS } from './api-bench.ts'
import { responseOf } from './outcome-of.ts'

/** `topic` has two partitions; each internal topic has one. */
const TOPICS = { topic: 2, __consumer_offsets: 1, __transaction_state: 1 }

type Test = { teardown(fn: () => void): unknown }

/** The handlers of transactions with their coordinators on real logs: everything below the connection. */
export class TransactionBroker {
  readonly replicas: ReplicaManager
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly leaders: LeaderLookup
  readonly handlers: readonly ApiHandler[]

  private constructor(replicas: ReplicaManager, overrides: Record<string, string>) {
    const environment = nodeEnvironment()
    const { clock } = environment
    const config = new BrokerConfig(overrides)
    const log = new ReplicatedLog(replicas)
    const common = { log, environment, logger: quiet, partitionCount: () => 1 }
    this.replicas = replicas
    this.groups = new GroupCoordinator({
      ...common,
      config: groupCoordinatorConfig(config),
      image: () => imageWithTopics(TOPICS),
      persister: new MemoryPersister(),
    })
    this.transactions = new TransactionCoordinator({
      ...common,
      config: transactionCoordinatorConfig(config),
      producerIds: new ProducerIds(async () => ({ firstId: 7n, size: 1_000 })),
      transactionVersion: () => 2,
      writeMarker: markerWriter({ replicas, groups: this.groups, clock }),
      exists: (topic, partition) => replicas.get(topic, partition) !== undefined,
    })
    const metadata = new MetadataPublisher(imageWithTopics(TOPICS), quiet)
    this.leaders = leaderLookup({ replicas, image: () => metadata.image, endpoints: () => null })
    const { groups, transactions, leaders } = this
    this.handlers = transactionHandlers({
      validation: { judge: () => null },
      config,
      environment,
      metadata,
      replicas,
      groups,
      transactions,
      membership: transactions,
      leaders,
    })
  }

  static async start(t: Test, overrides: Record<string, string> = {}): Promise<TransactionBroker> {
    const environment = nodeEnvironment()
    const context = createLogContext(environment, quiet, { producerIdExpirationMs: Number.POSITIVE_INFINITY })
    const replicas = new ReplicaManager({
      clock: environment.clock,
      unexpected: (error) => {
        throw error
      },
    })
    const root = temporaryDirectory(t)
    for (const [topic, count] of Object.entries(TOPICS)) {
      for (let partition = 0; partition < count; partition++) {
        const directory = join(root, `${topic}-${partition}`)
        await createLogFiles(context, directory, TOPIC_IDS[topic])
        const identity = { topic, partition, topicId: TOPIC_IDS[topic], directory }
        const state = await loadLog(context, identity, { ...DEFAULT_LOG_CONFIG, ...ANY_TIME }, CLEAN, () => {})
        const log = new PartitionLog(state, {
          checkpointLogStartOffset: async () => {},
          flushed: () => {},
          checkpointRecoveryPoint: async () => {},
          withoutCleaning: (change) => change(),
          checkpointHighWatermark: async () => {},
          truncated: async () => {},
        })
        replicas.add(new Partition(log, ALONE, replicaEnvironment()))
      }
    }
    const broker = new TransactionBroker(replicas, overrides)
    t.teardown(() => {
      broker.transactions.stop()
      broker.groups.stop()
    })
    broker.groups.onElection(0, 0)
    broker.transactions.onElection(0, 0)
    return broker
  }

  /** Sends a request as a client of that version would and reads the answer as it would. */
  async send<Request extends MessageSchema, Response extends MessageSchema>(
    request: Request,
    response: Response,
    version: number,
    body: Encodable<Request>,
  ): Promise<Decoded<Response>> {
    const handler = this.handlers.find(({ apiKey }) => apiKey === request.apiKey) as ApiHandler<Request, Response>
    const decoded = decodeMessage(request, version, encodeMessage(request, version, body))
    const answer = await responseOf(handler, requestContext(handler.apiKey, version), decoded)
    return decodeMessage(response, version, encodeMessage(response, version, answer))
  }

  /** Waits until the markers of the last decision are written: EndTxn is answered before, when they take long. */
  async completed(transactionalId: string): Promise<void> {
    for (;;) {
      const [{ transactionState }] = await this.transactions.describeTransactions([transactionalId])
      if (transactionState.startsWith('Complete')) return
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  log(topic: string, partition: number): PartitionLog {
    return (this.replicas.get(topic, partition) as Partition).log
  }
}

/** A producer's batch of one record. */
export function transactionalBatch(options: BatchOptions, value = 'value'): Buffer {
  return buildBatch({ baseSequence: 0, isTransactional: true, ...options }, [
    { key: null, value: Buffer.from(value), timestamp: 1_700_000_000_000 },
  ])
}
