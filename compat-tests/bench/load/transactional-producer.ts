import { setTimeout as delay } from 'node:timers/promises'
import { ErrorCode } from '../../../protocol/errors.ts'
import { AddPartitionsToTxnResponse } from '../../../protocol/messages/add-partitions-to-txn.ts'
import { EndTxnResponse } from '../../../protocol/messages/end-txn.ts'
import { FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import { InitProducerIdResponse } from '../../../protocol/messages/init-producer-id.ts'
import { ProduceResponse } from '../../../protocol/messages/produce.ts'
import { BatchBuilder } from '../../../protocol/records/build.ts'
import { Connection } from './connection.ts'
import { retriable } from './coordinator.ts'
import { refuse } from './topics.ts'

/** The markers of the transaction before are still on their way. */
const again: readonly number[] = [...retriable, ErrorCode.CONCURRENT_TRANSACTIONS]
const TRANSACTION = 1

/** A producer of one transaction after another, as clients before KIP-890 do it, with one partition in each. */
export class TransactionalProducer {
  private readonly connection: Connection
  private readonly transactionalId: string
  private readonly topic: string
  private producerId = -1n
  private producerEpoch = -1
  private readonly sequences = new Map<number, number>()

  static async open(port: number, transactionalId: string, topic: string): Promise<TransactionalProducer> {
    const producer = new TransactionalProducer(await Connection.open(port), transactionalId, topic)
    await producer.init()
    return producer
  }

  private constructor(connection: Connection, transactionalId: string, topic: string) {
    this.connection = connection
    this.transactionalId = transactionalId
    this.topic = topic
  }

  /** Records that all have this value, in a transaction of their own. */
  async run(partition: number, value: Buffer, records: number, committed: boolean): Promise<void> {
    await this.addPartition(partition)
    await this.produce(partition, value, records)
    const { transactionalId, producerId, producerEpoch } = this
    const body = { transactionalId, producerId, producerEpoch, committed }
    await untilDone('the end of a transaction', async () => {
      return (await this.connection.ask(EndTxnResponse, 3, body)).errorCode
    })
  }

  close(): void {
    this.connection.close()
  }

  private async init(): Promise<void> {
    const { connection, transactionalId } = this
    await untilDone('the search for a coordinator', async () => {
      const body = { key: transactionalId, keyType: TRANSACTION }
      return (await connection.ask(FindCoordinatorResponse, 2, body)).errorCode
    })
    await untilDone('an init of a producer', async () => {
      const body = { transactionalId, transactionTimeoutMs: 60_000 }
      const answer = await connection.ask(InitProducerIdResponse, 4, body)
      this.producerId = answer.producerId
      this.producerEpoch = answer.producerEpoch
      return answer.errorCode
    })
  }

  private addPartition(partition: number): Promise<void> {
    const body = {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: this.topic, partitions: [partition] }],
    }
    return untilDone('a partition of a transaction', async () => {
      const answer = await this.connection.ask(AddPartitionsToTxnResponse, 3, body)
      return answer.resultsByTopicV3AndBelow[0].resultsByPartition[0].partitionErrorCode
    })
  }

  private async produce(partition: number, value: Buffer, records: number): Promise<void> {
    const { producerId, producerEpoch, transactionalId } = this
    const baseSequence = this.sequences.get(partition) ?? 0
    const builder = new BatchBuilder({ producerId, producerEpoch, baseSequence, isTransactional: true })
    for (let index = 0; index < records; index++) builder.append({ timestamp: Date.now(), key: null, value })
    const partitionData = [{ index: partition, records: builder.build() }]
    const body = { transactionalId, acks: -1, timeoutMs: 30_000, topicData: [{ name: this.topic, partitionData }] }
    const answer = await this.connection.ask(ProduceResponse, 9, body)
    refuse('a produce in a transaction', answer.responses[0].partitionResponses[0].errorCode)
    this.sequences.set(partition, baseSequence + records)
  }
}

async function untilDone(what: string, ask: () => Promise<number>): Promise<void> {
  for (;;) {
    const errorCode = await ask()
    if (errorCode === 0) return
    if (!again.includes(errorCode)) refuse(what, errorCode)
    await delay(5)
  }
}
