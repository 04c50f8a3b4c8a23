import { first } from '../../../protocol/collections/elements.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../../protocol/messages/describe-transactions.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../protocol/messages/init-producer-id.ts'
import { ListTransactionsRequest, ListTransactionsResponse } from '../../../protocol/messages/list-transactions.ts'
import { type ClusterClient, CoordinatorType } from '../../client/cluster-client.ts'
import { ClientError } from '../../client/errors.ts'
import { nodeClock } from '../../env/node/clock.ts'
import { type CommandContext, type CommonOptions, UsageError } from '../cluster/context.ts'
import type { Answer } from '../print/answer.ts'
import { ensureNoError } from '../print/sentence.ts'
import { transactionsAnswer } from './answer.ts'

export interface ListOptions extends CommonOptions {
  readonly state?: readonly string[]
  readonly producerId?: readonly number[]
  readonly durationFilter?: number
  readonly transactionalIdPattern?: string
}

export interface IdOptions extends CommonOptions {
  readonly transactionalId: string
}

export interface ListedTransaction {
  coordinator: number
  transactionalId: string
  producerId: bigint
  state: string
}

interface Filters {
  stateFilters?: string[]
  producerIdFilters?: bigint[]
  durationFilter?: bigint
  transactionalIdPattern?: string | null
}

/** Filters by duration and by pattern came with these versions. */
const DURATION_VERSION = 1
const PATTERN_VERSION = 2

/** Every broker knows those that it coordinates. */
export async function listTransactions(client: ClusterClient, filters: Filters): Promise<ListedTransaction[]> {
  const listed: ListedTransaction[] = []
  for (const { nodeId } of await client.brokers()) {
    const answer = await client.request(
      { to: 'broker', nodeId },
      ListTransactionsRequest,
      ListTransactionsResponse,
      (version) => filtersIn(version, filters),
      ({ errorCode }) => errorCode,
    )
    ensureNoError(answer.errorCode, `Broker ${nodeId} lists no transactions`)
    if (answer.unknownStateFilters.length > 0) {
      throw new UsageError(
        `There is no state ${answer.unknownStateFilters.join(' or ')}: Kafka has Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit and CompleteAbort`,
      )
    }
    for (const { transactionalId, producerId, transactionState: state } of answer.transactionStates) {
      listed.push({ coordinator: nodeId, transactionalId, producerId, state })
    }
  }
  return listed
}

function filtersIn(version: number, { durationFilter, transactionalIdPattern, ...filters }: Filters): Filters {
  if (durationFilter !== undefined && version < DURATION_VERSION) {
    throw new ClientError('unsupported', 'The broker cannot filter transactions by their duration')
  }
  if (transactionalIdPattern != null && version < PATTERN_VERSION) {
    throw new ClientError('unsupported', 'The broker cannot filter transactions by a pattern')
  }
  return { ...filters, durationFilter, transactionalIdPattern }
}

export async function list({ client, options }: CommandContext<ListOptions>): Promise<Answer> {
  const listed = await listTransactions(client, {
    stateFilters: [...(options.state ?? [])],
    producerIdFilters: options.producerId?.map(BigInt) ?? [],
    durationFilter: options.durationFilter === undefined ? undefined : BigInt(options.durationFilter),
    transactionalIdPattern: options.transactionalIdPattern,
  })
  return transactionsAnswer(
    ['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState'],
    listed.map(({ transactionalId, coordinator, producerId, state: transactionState }) => ({
      transactionalId,
      coordinator,
      producerId: Number(producerId),
      transactionState,
    })),
  )
}

type DescribedTransaction = DescribeTransactionsResponse['transactionStates'][number]

/** null when the coordinator does not know the id. */
export async function describeTransaction(
  client: ClusterClient,
  transactionalId: string,
): Promise<DescribedTransaction | null> {
  const answer = await client.request(
    { to: 'coordinator', type: CoordinatorType.TRANSACTION, key: transactionalId },
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    { transactionalIds: [transactionalId] },
    ({ transactionStates }) => first(transactionStates).errorCode,
  )
  const state = first(answer.transactionStates)
  if (state.errorCode === ErrorCode.TRANSACTIONAL_ID_NOT_FOUND) return null
  ensureNoError(state.errorCode, `The transactional id ${transactionalId}`)
  return state
}

export async function describe({ client, options }: CommandContext<IdOptions>): Promise<Answer> {
  const { transactionalId } = options
  const coordinator = await client.coordinator(CoordinatorType.TRANSACTION, transactionalId)
  const found = await describeTransaction(client, transactionalId)
  if (found === null) throw new UsageError(`There is no transactional id ${transactionalId}`)
  const startMs = Number(found.transactionStartTimeMs)
  const isOpen = startMs >= 0
  const row = {
    coordinatorId: coordinator.nodeId,
    transactionalId,
    producerId: Number(found.producerId),
    producerEpoch: found.producerEpoch,
    transactionState: found.transactionState,
    transactionTimeoutMs: found.transactionTimeoutMs,
    currentTransactionStartTimeMs: isOpen ? startMs : null,
    transactionDurationMs: isOpen ? nodeClock.nowMs() - startMs : null,
    topicPartitions: found.topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => `${topic}-${partition}`),
    ),
  }
  return transactionsAnswer(titlesOf(row), [row])
}

const titlesOf = (row: object): string[] => Object.keys(row).map((name) => name.charAt(0).toUpperCase() + name.slice(1))

/** How long the new epoch's transactions may take; it has none. */
const FENCING_TIMEOUT_MS = 60_000

/** A new epoch for the id: its open transaction is aborted and the producer that has it is fenced (KIP-360). */
export async function forceTerminate({ client, options }: CommandContext<IdOptions>): Promise<Answer> {
  const { transactionalId } = options
  if ((await describeTransaction(client, transactionalId)) === null) {
    throw new UsageError(`There is no transactional id ${transactionalId}`)
  }
  const answer = await client.request(
    { to: 'coordinator', type: CoordinatorType.TRANSACTION, key: transactionalId },
    InitProducerIdRequest,
    InitProducerIdResponse,
    { transactionalId, transactionTimeoutMs: FENCING_TIMEOUT_MS },
    ({ errorCode }) => errorCode,
  )
  ensureNoError(answer.errorCode, `The transactional id ${transactionalId} was not fenced`)
  const row = { transactionalId, producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch }
  return transactionsAnswer(titlesOf(row), [row])
}
