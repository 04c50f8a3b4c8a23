/** InitProducerId without a transaction, and sequences: duplicates, gaps, epochs, wraps. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'
import { batch, produce } from './writes.ts'

const INT32_MAX = 2 ** 31 - 1

const producerIds: Scenario = {
  name: 'idempotent: InitProducerId',
  quick: true,
  async run(session) {
    for (const version of versionsOf('InitProducerId')) {
      const ask = (label: string, body: object) => session.send('InitProducerId', version, body, { label })
      for (const timeout of [0, 1, -1, 60_000, INT32_MAX]) {
        await ask('no id', { transactionalId: null, transactionTimeoutMs: timeout })
        await ask('empty id', { transactionalId: '', transactionTimeoutMs: timeout })
      }
      const ids = [
        [-1n, 0],
        [5n, -1],
        [5n, 0],
        [-2n, -2],
        [9_999_999n, 3],
      ] as const
      for (const [producerId, producerEpoch] of ids) {
        await ask('with an id', { transactionalId: null, transactionTimeoutMs: 1_000, producerId, producerEpoch })
      }
    }
  },
}

/** Epoch, base sequence, records: one line each is a batch of the same producer to the same partition. */
const HISTORIES: [string, [number, number, number][]][] = [
  [
    'in order',
    [
      [0, 0, 2],
      [0, 2, 1],
      [0, 3, 5],
    ],
  ],
  [
    'duplicates',
    [
      [0, 0, 2],
      [0, 0, 2],
      [0, 2, 1],
      [0, 0, 2],
      [0, 2, 1],
    ],
  ],
  [
    'a duplicate cut short',
    [
      [0, 0, 3],
      [0, 0, 2],
      [0, 1, 2],
      [0, 0, 4],
    ],
  ],
  [
    'a gap',
    [
      [0, 0, 1],
      [0, 2, 1],
      [0, 1, 1],
      [0, 2, 1],
    ],
  ],
  [
    'starts late',
    [
      [0, 5, 1],
      [0, 6, 1],
    ],
  ],
  [
    'starts late in a later epoch',
    [
      [3, 5, 1],
      [3, 6, 1],
    ],
  ],
  [
    'more than five behind',
    [
      [0, 0, 1],
      [0, 1, 1],
      [0, 2, 1],
      [0, 3, 1],
      [0, 4, 1],
      [0, 5, 1],
      [0, 6, 1],
      [0, 0, 1],
      [0, 2, 1],
    ],
  ],
  [
    'a new epoch',
    [
      [0, 0, 1],
      [1, 0, 1],
      [1, 1, 1],
      [0, 1, 1],
      [0, 0, 1],
    ],
  ],
  [
    'a new epoch that continues',
    [
      [0, 0, 1],
      [1, 1, 1],
      [2, 0, 1],
    ],
  ],
  [
    'wraps',
    [
      [0, 0, 1],
      [0, 1, 1],
      [0, INT32_MAX, 2],
    ],
  ],
  [
    'epoch at its end',
    [
      [32767, 0, 1],
      [32767, 1, 1],
      [-1, 0, 1],
    ],
  ],
  [
    'negative sequence',
    [
      [0, -2, 1],
      [0, 0, 1],
    ],
  ],
  ['negative epoch', [[-2, 0, 1]]],
]

const sequences: Scenario = {
  name: 'idempotent: sequences',
  quick: true,
  async run(session) {
    let producerId = 1_000_000
    for (const version of versionsOf('Produce')) {
      const topic = `sequences-${version}`
      await session.createTopic(topic)
      for (const [label, history] of HISTORIES) {
        producerId++
        for (const [producerEpoch, baseSequence, count] of history) {
          const records = batch(count, { producerId, producerEpoch, baseSequence })
          await produce(session, version, { topic }, records, { label: `${label}: ${producerEpoch}/${baseSequence}` })
        }
      }
      await twoBatches(session, version, topic, ++producerId)
    }
  },
}

async function twoBatches(session: Session, version: number, topic: string, producerId: number): Promise<void> {
  const sequence = (baseSequence: number) => batch(1, { producerId, producerEpoch: 0, baseSequence })
  await produce(session, version, { topic }, Buffer.concat([sequence(0), sequence(1)]), { label: 'two batches' })
  const mixed = Buffer.concat([sequence(2), batch()])
  await produce(session, version, { topic }, mixed, { label: 'one with and one without' })
}

const wrapping: Scenario = {
  name: 'idempotent: a sequence that wraps',
  async run(session) {
    await session.createTopic('wraps')
    const send = (label: string, baseSequence: number, count: number) =>
      produce(session, 9, { topic: 'wraps' }, batch(count, { producerId: 77, producerEpoch: 0, baseSequence }), {
        label,
      })
    // A producer that the log does not know may begin anywhere.
    await send('begins near the end', INT32_MAX - 2, 2)
    await send('wraps within a batch', INT32_MAX, 3)
    await send('goes on', 2, 1)
    await send('again the wrapped', INT32_MAX, 3)
    await send('beyond', INT32_MAX, 1)
  },
}

export const idempotentScenarios: readonly Scenario[] = [producerIds, sequences, wrapping]
