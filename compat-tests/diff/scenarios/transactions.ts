/** Transactions: both protocols from InitProducerId to EndTxn, what is refused and how each version is told. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'
import { batch, produce } from './writes.ts'

interface Producer {
  producerId: bigint
  producerEpoch: number
}

const TIMEOUT_MS = 60_000

/** Waits for the coordinator, which creates and loads its topic, and answers who the producer is now. */
export async function begin(session: Session, transactionalId: string): Promise<Producer> {
  const body = { transactionalId, transactionTimeoutMs: TIMEOUT_MS }
  for (let attempt = 0; attempt < 300; attempt++) {
    await session.aside.send('FindCoordinator', 4, { keyType: 1, coordinatorKeys: [transactionalId] })
    const answer = await session.aside.send('InitProducerId', 4, body)
    if (answer.errorCode === 0) {
      session.keepLast()
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${transactionalId} has no coordinator`)
}

/** Waits until the markers of the last decision are written. */
export async function completed(session: Session, transactionalId: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const { transactionStates } = await session.aside.send('DescribeTransactions', 0, {
      transactionalIds: [transactionalId],
    })
    if (!transactionStates[0].transactionState.startsWith('Prepare')) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`${transactionalId} does not end`)
}

function addBody(transactionalId: string, producer: Producer, partitions: number[], topic = 'transactions'): object {
  const topics = [{ name: topic, partitions }]
  return {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: topics,
    transactions: [{ transactionalId, ...producer, verifyOnly: false, topics }],
  }
}

const next = (producer: Producer, by = 1): Producer => ({ ...producer, producerEpoch: producer.producerEpoch + by })

async function refusedInits(session: Session, version: number): Promise<void> {
  const id = `init-${version}`
  const producer = await begin(session, id)
  const ask = (label: string, body: object) =>
    session.send(
      'InitProducerId',
      version,
      { transactionalId: id, transactionTimeoutMs: TIMEOUT_MS, ...body },
      { label },
    )
  for (const transactionTimeoutMs of [0, -1, 900_001]) await ask('timeout', { transactionTimeoutMs })
  await ask('next', {})
  await ask('zombie', producer)
  await ask('half an id', { producerId: producer.producerId })
  await ask('known', next(producer))
  await ask('known again', next(producer))
  await ask('never given', next(producer, 9))
}

async function refusedPartitions(session: Session, version: number): Promise<void> {
  const id = `add-${version}`
  const producer = await begin(session, id)
  const ask = (label: string, body: object) => session.send('AddPartitionsToTxn', version, body, { label })
  await ask('none', addBody(id, producer, []))
  await ask('partition that is not there', addBody(id, producer, [0, 7]))
  await ask('topic that is not there', addBody(id, producer, [0], 'nope'))
  await ask('unknown id', addBody(`never-${version}`, producer, [0]))
  await ask('empty id', addBody('', producer, [0]))
  await ask('epoch ahead', addBody(id, next(producer), [0]))
  await ask('another producer', addBody(id, { ...producer, producerId: 987_654n }, [0]))
  await ask('good', addBody(id, producer, [0, 1]))
  await ask('again', addBody(id, producer, [1]))
}

async function refusedOffsets(session: Session, version: number): Promise<void> {
  const id = `add-offsets-${version}`
  const producer = await begin(session, id)
  const ask = (label: string, body: object) =>
    session.send('AddOffsetsToTxn', version, { transactionalId: id, groupId: 'group', ...producer, ...body }, { label })
  await ask('epoch ahead', next(producer))
  await ask('unknown id', { transactionalId: `never-${version}` })
  await ask('good', {})
}

async function refusedEnds(session: Session, version: number): Promise<void> {
  const id = `end-${version}`
  const producer = await begin(session, id)
  const ask = (label: string, body: object) =>
    session.send('EndTxn', version, { transactionalId: id, ...producer, committed: true, ...body }, { label })
  await ask('of nothing', {})
  await ask('unknown id', { transactionalId: `never-${version}` })
  await ask('empty id', { transactionalId: '' })
  await ask('epoch ahead', next(producer))
  await ask('another producer', { producerId: 987_654n })
}

const refusals: Scenario = {
  name: 'transactions: what is refused',
  quick: true,
  async run(session) {
    await session.createTopic('transactions', 2)
    for (const version of versionsOf('InitProducerId')) await refusedInits(session, version)
    for (const version of versionsOf('AddPartitionsToTxn')) await refusedPartitions(session, version)
    for (const version of versionsOf('AddOffsetsToTxn')) await refusedOffsets(session, version)
    for (const version of versionsOf('EndTxn')) await refusedEnds(session, version)
  },
}

const ends: Scenario = {
  name: 'transactions: commit, abort, again',
  quick: true,
  async run(session) {
    await session.createTopic('transactions-end', 1)
    for (const version of versionsOf('EndTxn')) {
      for (const committed of [true, false]) {
        const id = `ends-${version}-${committed}`
        let producer = await begin(session, id)
        for (let round = 0; round < 2; round++) {
          await session.aside.send('AddPartitionsToTxn', 3, addBody(id, producer, [0], 'transactions-end'))
          const ask = async (label: string, body: object) => {
            const request = { transactionalId: id, ...producer, committed, ...body }
            const answer = await session.send('EndTxn', version, request, { label: `${label}, ${committed}` })
            await completed(session, id)
            return answer
          }
          const answer = await ask('end', {})
          await ask('again', {})
          await ask('the other way', { committed: !committed })
          if (version < 5) continue
          producer = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
          await ask('commit of nothing', { ...producer, committed: true })
          const empty = await ask('abort of nothing', { ...producer, committed: false })
          if (empty.errorCode === 0) producer = { producerId: empty.producerId, producerEpoch: empty.producerEpoch }
        }
        await session.send('DescribeProducers', 0, { topics: [{ name: 'transactions-end', partitionIndexes: [0, 1] }] })
      }
    }
  },
}

const writes: Scenario = {
  name: 'transactions: records and offsets',
  quick: true,
  async run(session) {
    await session.createTopic('transactions-data', 2)
    for (const version of versionsOf('Produce').filter((one) => one >= 3)) {
      const id = `data-${version}`
      const producer = await begin(session, id)
      const write = (label: string, from: Producer, baseSequence: number, transactionalId: string | null = id) =>
        produce(
          session,
          version,
          { topic: 'transactions-data' },
          batch(1, { ...from, baseSequence, isTransactional: true }),
          {
            label,
            transactionalId,
          },
        )
      await write('without an id', producer, 0, null)
      await write('not added, or added by it', producer, 0)
      await session.aside.send('AddPartitionsToTxn', 3, addBody(id, producer, [0], 'transactions-data'))
      await write('first', producer, 0)
      await write('duplicate', producer, 0)
      await write('gap', producer, 5)
      await write('epoch ahead', next(producer), 0)
      const body = { transactionalId: id, ...producer, committed: false }
      await session.aside.send('EndTxn', version >= 12 ? 5 : 4, body)
      await completed(session, id)
      await write('too late', producer, 1)
    }
    for (const version of versionsOf('TxnOffsetCommit')) {
      const id = `offsets-${version}`
      const groupId = `group-${version}`
      const producer = await begin(session, id)
      const ask = (label: string, body: object, partition: object = {}) => {
        const partitions = [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: 'm', ...partition }]
        const topics = [{ name: 'transactions-data', partitions }]
        return session.send(
          'TxnOffsetCommit',
          version,
          { transactionalId: id, groupId, ...producer, topics, ...body },
          { label },
        )
      }
      await session.aside.send('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [groupId] })
      await ask('not added, or added by it', {})
      await session.aside.send('AddOffsetsToTxn', 3, { transactionalId: id, groupId, ...producer })
      await ask('good', {})
      await ask('partition that is not there', {}, { partitionIndex: 9 })
      await ask('too much metadata', {}, { committedMetadata: 'x'.repeat(4097) })
      await ask('no group', { groupId: '' })
      await ask('a generation', { generationIdOrMemberEpoch: 3, memberId: 'someone' })
      await ask('epoch ahead', next(producer))
      const topics = [
        { name: 'transactions-data', topicId: session.topicId('transactions-data'), partitionIndexes: [0] },
      ]
      const fetch = (requireStable: boolean) =>
        session.send(
          'OffsetFetch',
          8,
          { groups: [{ groupId, topics }], requireStable },
          { label: `stable ${requireStable}` },
        )
      await fetch(false)
      await fetch(true)
      await session.aside.send('EndTxn', version >= 5 ? 5 : 4, {
        transactionalId: id,
        ...producer,
        committed: version % 2 === 0,
      })
      await completed(session, id)
      await fetch(true)
    }
  },
}

const administration: Scenario = {
  name: 'transactions: describe and list',
  quick: true,
  async run(session) {
    await session.createTopic('transactions-admin', 1)
    const ids = ['admin-a', 'admin-b']
    for (const id of ids) await begin(session, id)
    const open = await begin(session, 'admin-open')
    await session.aside.send('AddPartitionsToTxn', 3, addBody('admin-open', open, [0], 'transactions-admin'))
    for (const transactionalIds of [[], ids, ['admin-open', ''], ['nobody'], ['admin-a', 'admin-a']]) {
      await session.send('DescribeTransactions', 0, { transactionalIds })
    }
    for (const version of versionsOf('ListTransactions')) {
      const transactionalIdPattern = version >= 2 ? 'admin-.*' : null
      for (const stateFilters of [['Ongoing'], ['Empty', 'Nope'], ['Dead'], ['PrepareEpochFence'], ['ongoing'], ['']]) {
        const only = { producerIdFilters: [open.producerId], transactionalIdPattern }
        await session.send('ListTransactions', version, { stateFilters, ...only }, { label: 'states' })
      }
    }
    for (const transactionalIdPattern of ['admin-open', 'admin', '', '(', 'admin-[ab]|nothing']) {
      const body = { stateFilters: ['Ongoing'], transactionalIdPattern, producerIdFilters: [open.producerId] }
      await session.send('ListTransactions', 2, body, { label: 'pattern' })
    }
    for (const name of ['transactions-admin', 'nope', '', 'a/b']) {
      await session.send('DescribeProducers', 0, { topics: [{ name, partitionIndexes: [0, 1] }] })
    }
  },
}

const deletions: Scenario = {
  name: 'transactions: records deleted under an open one',
  quick: true,
  async run(session) {
    const name = 'transactions-deleted'
    await session.createTopic(name)
    const producer = await begin(session, 'deleted')
    await session.send('AddPartitionsToTxn', 3, addBody('deleted', producer, [0], name))
    await produce(session, 9, { topic: name }, batch(2))
    const open = batch(2, { ...producer, baseSequence: 0, isTransactional: true })
    await produce(session, 9, { topic: name }, open, { transactionalId: 'deleted' })
    await produce(session, 9, { topic: name }, batch(4))
    const look = async (label: string) => {
      for (const isolationLevel of [0, 1]) {
        const partitions = [{ partitionIndex: 0, timestamp: -1n }]
        const asked = { replicaId: -1, isolationLevel, topics: [{ name, partitions }] }
        await session.send('ListOffsets', 6, asked, { label })
        for (const fetchOffset of [2n, 3n, 4n, 8n]) {
          const wanted = { partition: 0, fetchOffset, partitionMaxBytes: 100_000 }
          const limits = {
            replicaId: -1,
            maxWaitMs: 0,
            minBytes: 1,
            maxBytes: 100_000,
            isolationLevel,
            sessionEpoch: -1,
          }
          await session.send('Fetch', 11, { ...limits, topics: [{ topic: name, partitions: [wanted] }] }, { label })
        }
      }
    }
    await look('nothing deleted')
    // Between two batches: inside of one, Apache names an offset before the start of the log.
    for (const offset of [4n, -1n]) {
      const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }]
      await session.send('DeleteRecords', 2, { topics, timeoutMs: 5_000 })
      await look(`deleted before ${offset}`)
    }
    await session.send('DescribeProducers', 0, { topics: [{ name, partitionIndexes: [0] }] })
    await session.send('EndTxn', 3, { transactionalId: 'deleted', ...producer, committed: false })
    await completed(session, 'deleted')
    await look('ended')
  },
}

export const transactionScenarios: readonly Scenario[] = [refusals, ends, writes, administration, deletions]
