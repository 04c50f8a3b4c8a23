/**
 * The coordinators of share state in the whole cluster (KIP-932): here where this broker leads the partition of
 * `__share_group_state`, otherwise by requests to the leader, of which each is about one group.
 *
 *     asked ──first for this coordinator, API and group──> sent at the end of the turn ──answered──> outcome
 *       └──a request is under way──> waits, and goes with all that wait ──────┘  └──no answer──> failed, and all behind it
 *
 * A request may be carried out and its answer lost. Asking again is harmless: a state that is begun, read or deleted twice is
 * what it was after the first time, and batches that come twice or late take nothing back (`share/state-batches.ts`). Leaders
 * of older epochs are fenced by the coordinator, whichever way they ask.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import {
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponse,
} from '../../protocol/messages/delete-share-group-state.ts'
import {
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponse,
} from '../../protocol/messages/initialize-share-group-state.ts'
import {
  ReadShareGroupStateRequest,
  ReadShareGroupStateResponse,
} from '../../protocol/messages/read-share-group-state.ts'
import {
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponse,
} from '../../protocol/messages/read-share-group-state-summary.ts'
import {
  WriteShareGroupStateRequest,
  WriteShareGroupStateResponse,
} from '../../protocol/messages/write-share-group-state.ts'
import type { BrokerPool } from '../client/broker-pool.ts'
import type { Clock } from '../env/index.ts'
import { failedRead, failedSummary, refused } from './share/operations.ts'
import type { ShareOutcome, ShareSummary, StoredShareState } from './share/share-outcomes.ts'
import type { SharePartitionKey } from './share/share-state.ts'
import type { ShareCoordinator } from './share-coordinator.ts'
import type { SharePersister } from './share-persister.ts'
import { StateRequests } from './state-requests.ts'

interface Options {
  readonly nodeId: number
  readonly here: SharePersister & Pick<ShareCoordinator, 'partitionFor'>
  readonly brokers: Pick<BrokerPool, 'request'>
  readonly clock: Clock
  /** The broker that leads the partition of `__share_group_state`; -1: nobody does. */
  readonly leaderOf: (partition: number) => number
}

type Entry<Request extends { topics: { partitions: unknown[] }[] }> = Request['topics'][number]['partitions'][number]
type Answer<Response extends { results: { partitions: unknown[] }[] }> =
  Response['results'][number]['partitions'][number]

export function clusterPersister(options: Options): SharePersister {
  const { here } = options
  const elsewhere = requestsElsewhere(options)
  return {
    initialize: (key, state) =>
      atCoordinator<ShareOutcome>(options, key, {
        here: () => here.initialize(key, state),
        elsewhere: async (broker) => {
          const { stateEpoch, startOffset } = state
          const entry = { partition: key.partition, stateEpoch, startOffset: BigInt(startOffset) }
          return elsewhere.initialize.ask(broker, key, entry)
        },
        failed: (outcome) => outcome,
      }),

    read: (key, leaderEpoch) =>
      atCoordinator<StoredShareState>(options, key, {
        here: () => here.read(key, leaderEpoch),
        elsewhere: async (broker) => {
          const entry = { partition: key.partition, leaderEpoch }
          const { startOffset, stateBatches, ...state } = await elsewhere.read.ask(broker, key, entry)
          return { ...state, startOffset: Number(startOffset), batches: stateBatches.map(inNumbers) }
        },
        failed: failedRead,
      }),

    write: (key, update) =>
      atCoordinator<ShareOutcome>(options, key, {
        here: () => here.write(key, update),
        elsewhere: async (broker) => {
          const { startOffset, batches, ...epochs } = update
          const stateBatches = batches.map(inBigints)
          const entry = { partition: key.partition, ...epochs, startOffset: BigInt(startOffset), stateBatches }
          return elsewhere.write.ask(broker, key, entry)
        },
        failed: (outcome) => outcome,
      }),

    delete: (key) =>
      atCoordinator<ShareOutcome>(options, key, {
        here: () => here.delete(key),
        elsewhere: (broker) => elsewhere.delete.ask(broker, key, { partition: key.partition }),
        failed: (outcome) => outcome,
      }),

    readSummary: (key) =>
      atCoordinator<ShareSummary>(options, key, {
        here: () => here.readSummary(key),
        elsewhere: async (broker) => {
          // A group coordinator leads nothing, and Kafka's share coordinator does not look at this epoch.
          const entry = { partition: key.partition, leaderEpoch: NO_EPOCH }
          const { startOffset, ...summary } = await elsewhere.readSummary.ask(broker, key, entry)
          return { ...summary, startOffset: Number(startOffset) }
        },
        failed: failedSummary,
      }),
  }
}

const NO_EPOCH = -1

interface Ways<Outcome> {
  here(): Promise<Outcome>
  /** Rejects with a `KafkaError`. */
  elsewhere(broker: number): Promise<Outcome>
  failed(outcome: ShareOutcome): Outcome
}

async function atCoordinator<Outcome>(
  { nodeId, here, leaderOf }: Options,
  key: SharePartitionKey,
  ways: Ways<Outcome>,
): Promise<Outcome> {
  const coordinator = leaderOf(here.partitionFor(key))
  if (coordinator === nodeId) return ways.here()
  if (coordinator < 0) return ways.failed(refused(ErrorCode.COORDINATOR_NOT_AVAILABLE))
  try {
    return await ways.elsewhere(coordinator)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return ways.failed(refused(error.code, error.message))
  }
}

interface Offsets<Kind> {
  readonly firstOffset: Kind
  readonly lastOffset: Kind
}

const inNumbers = <Batch extends Offsets<bigint>>({ firstOffset, lastOffset, ...fate }: Batch) => {
  return { ...fate, firstOffset: Number(firstOffset), lastOffset: Number(lastOffset) }
}
const inBigints = <Batch extends Offsets<number>>({ firstOffset, lastOffset, ...fate }: Batch) => {
  return { ...fate, firstOffset: BigInt(firstOffset), lastOffset: BigInt(lastOffset) }
}

/** The five requests to other brokers. */
function requestsElsewhere({ brokers, clock }: Options) {
  return {
    initialize: new StateRequests<Entry<InitializeShareGroupStateRequest>, Answer<InitializeShareGroupStateResponse>>(
      clock,
      (broker, body) =>
        brokers.request(broker, InitializeShareGroupStateRequest, InitializeShareGroupStateResponse, body),
    ),
    read: new StateRequests<Entry<ReadShareGroupStateRequest>, Answer<ReadShareGroupStateResponse>>(
      clock,
      (broker, body) => brokers.request(broker, ReadShareGroupStateRequest, ReadShareGroupStateResponse, body),
    ),
    write: new StateRequests<Entry<WriteShareGroupStateRequest>, Answer<WriteShareGroupStateResponse>>(
      clock,
      (broker, body) => brokers.request(broker, WriteShareGroupStateRequest, WriteShareGroupStateResponse, body),
    ),
    delete: new StateRequests<Entry<DeleteShareGroupStateRequest>, Answer<DeleteShareGroupStateResponse>>(
      clock,
      (broker, body) => brokers.request(broker, DeleteShareGroupStateRequest, DeleteShareGroupStateResponse, body),
    ),
    readSummary: new StateRequests<
      Entry<ReadShareGroupStateSummaryRequest>,
      Answer<ReadShareGroupStateSummaryResponse>
    >(clock, (broker, body) =>
      brokers.request(broker, ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse, body),
    ),
  }
}
