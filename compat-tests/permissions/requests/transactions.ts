/** APIs of producers and transactions. No producer has the id by which these ask: nothing comes of what is allowed. */
import { EVERY_NAME, NAMES, named, ONE_PARTITION, type Requests } from '../world.ts'

const PRODUCER = { producerId: 99_999n, producerEpoch: 0 }

const InitProducerId: Requests = (_world, version) => {
  const ask = (transactionalId: string | null, enable2Pc = false) => ({
    transactionalId,
    transactionTimeoutMs: 600_000,
    producerId: -1n,
    producerEpoch: -1,
    enable2Pc,
    keepPreparedTxn: false,
  })
  return [
    { label: 'idempotent', body: ask(null) },
    ...['mine-begun', 'theirs-begun'].map((id) => ({ label: id, body: ask(id) })),
    ...(version >= 6 ? [{ label: 'two phases', body: ask('mine-begun', true) }] : []),
  ]
}

const AddPartitionsToTxn: Requests = (_world, version) => {
  const topics = EVERY_NAME.map((name) => ({ name, partitions: ONE_PARTITION }))
  if (version >= 4) {
    const transactions = NAMES.map((transactionalId) => ({ transactionalId, ...PRODUCER, verifyOnly: false, topics }))
    return [{ label: 'of several', body: { transactions } }]
  }
  const asked = NAMES.map((v3AndBelowTransactionalId) => ({
    label: v3AndBelowTransactionalId,
    body: {
      v3AndBelowTransactionalId,
      v3AndBelowProducerId: PRODUCER.producerId,
      v3AndBelowProducerEpoch: PRODUCER.producerEpoch,
      v3AndBelowTopics: topics,
    },
  }))
  const [mine] = asked
  const own = { ...mine!.body, v3AndBelowTopics: topics.filter(({ name }) => name === 'mine') }
  return [...asked, { label: 'mine alone', body: own }]
}

const AddOffsetsToTxn: Requests = () =>
  NAMES.flatMap((transactionalId) =>
    NAMES.map((groupId) => ({
      label: `${transactionalId} with ${groupId}`,
      body: { transactionalId, ...PRODUCER, groupId },
    })),
  )

const EndTxn: Requests = () =>
  NAMES.map((transactionalId) => ({
    label: transactionalId,
    body: { transactionalId, ...PRODUCER, committed: true },
  }))

const WriteTxnMarkers: Requests = () => [
  {
    label: 'of nobody',
    body: {
      markers: [
        {
          ...PRODUCER,
          transactionResult: false,
          coordinatorEpoch: 0,
          topics: EVERY_NAME.map((name) => ({ name, partitionIndexes: ONE_PARTITION })),
        },
      ],
    },
  },
]

const TxnOffsetCommit: Requests = ({ session }) =>
  NAMES.flatMap((transactionalId) =>
    NAMES.map((groupId) => ({
      label: `${transactionalId} with ${groupId}`,
      body: {
        transactionalId,
        groupId,
        ...PRODUCER,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: EVERY_NAME.map((name) => ({
          ...named(session, name),
          partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }],
        })),
      },
    })),
  )

const DescribeTransactions: Requests = () => [{ label: 'by id', body: { transactionalIds: [...EVERY_NAME] } }]

const ListTransactions: Requests = () => [
  { label: 'all', body: { stateFilters: [], producerIdFilters: [], durationFilter: -1n } },
]

export const transactionRequests: Readonly<Record<string, Requests>> = {
  InitProducerId,
  AddPartitionsToTxn,
  AddOffsetsToTxn,
  EndTxn,
  WriteTxnMarkers,
  TxnOffsetCommit,
  DescribeTransactions,
  ListTransactions,
}
