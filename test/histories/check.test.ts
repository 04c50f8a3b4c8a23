import t from 'tap'
import type { AnomalyType } from '../../proof/histories/anomalies.ts'
import { findAnomalies, findViolations } from '../../proof/histories/check.ts'
import type { History, Work } from '../../proof/histories/history.ts'
import { transcript } from '../../proof/histories/transcript.ts'
import { repetitions } from '../support/repetitions.ts'

function typesIn(history: History): AnomalyType[] {
  return [...new Set(findAnomalies(history).map(({ type }) => type))].sort()
}

/** Each history with the anomalies that it shows, and no others. */
const HISTORIES: Readonly<Record<string, { types: AnomalyType[]; text: string }>> = {
  'nothing: sends, polls, aborted and unknown transactions as they should be': {
    types: [],
    text: `
      a send: x 1@0
      a txn ok: send x 2@1, send y 3@0
      b txn fail: send x 4@3
      b txn info: send x 5@5
      a send info: x 6
      c poll: x 1@0 2@1 5@5 end x 7
      d poll: y 3@0 end y 2`,
  },
  'two values at one offset': {
    types: ['inconsistent-offsets'],
    text: `
      a send: x 1@0
      b send info: x 2
      c poll: x 1@0
      d poll: x 2@0`,
  },
  'a value that is not where it was acknowledged': {
    types: ['inconsistent-offsets'],
    text: `
      a send: x 1@0
      b poll: x 1@1`,
  },
  'a value twice in the log': {
    types: ['duplicate'],
    text: `
      a send: x 1@0
      b poll: x 1@0
      c poll: x 1@1`,
  },
  'an acknowledged value that a later one was read without': {
    types: ['lost-write'],
    text: `
      a send: x 1@0
      a send: x 2@1
      b poll: x 2@1`,
  },
  'an acknowledged value behind the last that was read, where a reader left nothing out': {
    types: ['lost-write'],
    text: `
      a send: x 1@0
      a send: x 2@1
      b poll: x 1@0 end x 2`,
  },
  'an acknowledged value of unknown offset, with a reader who began later and left nothing out': {
    types: ['lost-write'],
    text: `
      a send: x 1
      a send: x 2@1
      b poll: x 2@1 end x 2`,
  },
  'no loss when the acknowledgement may have come after the reader': {
    types: [],
    text: `
      a send ok 0-30: x 1
      b poll: x end x 0`,
  },
  'an unknown transaction of which something was read, so that the rest is lost': {
    types: ['G1b', 'lost-write'],
    text: `
      a txn info: send x 1@0, send y 2@0
      a send: y 3@1
      b poll: x 1@0 y 3@1`,
  },
  'half a transaction': {
    types: ['G1b', 'int-poll-skip', 'lost-write'],
    text: `
      a txn ok: send x 1@0, send x 2@1, send x 3@2
      b poll: x 1@0 3@2`,
  },
  'a value that nobody sent': {
    types: ['unwritten'],
    text: `
      b poll: x 1@0`,
  },
  'a value of an aborted transaction': {
    types: ['G1a'],
    text: `
      a txn fail: send x 1@0
      b poll: x 1@0`,
  },
  'a value of a send that was refused': {
    types: ['G1a'],
    text: `
      a send fail: x 1
      b poll: x 1@0`,
  },
  'a value that is read by its own transaction': {
    types: ['precommitted-read'],
    text: `
      a txn ok: send x 1@0, poll x 1@0`,
  },
  'a value that is read before its commit is asked for': {
    types: ['dirty-read'],
    text: `
      b poll ok 0-5: x 1@0
      a txn ok 10-20: send x 1@0`,
  },
  'two transactions that read from each other': {
    types: ['G1c'],
    text: `
      a txn ok 0-20: send x 1@0, poll y 2@0
      b txn ok 0-20: send y 2@0, poll x 1@0`,
  },
  'three transactions that read round in a circle': {
    types: ['G1c'],
    text: `
      a txn ok 0-20: send x 1@0, poll z 3@0
      b txn ok 0-20: send y 2@0, poll x 1@0
      c txn ok 0-20: send z 3@0, poll y 2@0`,
  },
  'two transactions that write behind each other, as is normal while both are under way': {
    types: ['G0'],
    text: `
      a txn ok 0-20: send x 1@0, send y 2@1
      b txn ok 0-20: send x 3@1, send y 4@0
      c poll: x 1@0 3@1 y 4@0 2@1`,
  },
  'and when one began after the other': {
    types: ['G0', 'G0-realtime'],
    text: `
      a txn ok 0-10: send x 1@0, send y 2@1
      b txn ok 20-30: send x 3@1, send y 4@0
      c poll: x 1@0 3@1 y 4@0 2@1`,
  },
  'a poll that goes on too far': {
    types: ['poll-skip'],
    text: `
      a send: x 1@0
      a send: x 2@1
      a send: x 3@2
      b poll: x 1@0
      b poll: x 3@2
      c poll: x 1@0 2@1 3@2`,
  },
  'but not after a rebalance, a crash, or an abort that took the offsets back': {
    types: [],
    text: `
      a send: x 1@0
      a send: x 2@1
      a send: x 3@2
      b poll: x 1@0
      b subscribe
      b poll: x 3@2
      b crash
      b poll: x 1@0
      b txn fail: poll x 2@1
      b poll: x 2@1 3@2
      c poll: x 1@0
      c assign y
      c assign x
      c poll: x 3@2`,
  },
  'a poll that goes back': {
    types: ['nonmonotonic-poll'],
    text: `
      a send: x 1@0
      a send: x 2@1
      b poll: x 1@0 2@1
      b assign x y
      b poll: x 1@0`,
  },
  'a poll that goes on too far by itself': {
    types: ['int-poll-skip'],
    text: `
      a send: x 1@0
      a send: x 2@1
      a send: x 3@2
      b poll: x 1@0 3@2
      c poll: x 1@0 2@1 3@2`,
  },
  'a transaction whose polls go back': {
    types: ['int-nonmonotonic-poll'],
    text: `
      a send: x 1@0
      a send: x 2@1
      b txn ok: poll x 1@0 2@1, poll x 1@0`,
  },
  'sends of one process in another order': {
    types: ['G0-realtime', 'nonmonotonic-send'],
    text: `
      a send: x 1@1
      a send: x 2@0
      b poll: x 2@0 1@1`,
  },
  'sends of one transaction in another order': {
    types: ['int-nonmonotonic-send'],
    text: `
      a txn ok: send x 1@1, send x 2@0
      b poll: x 2@0 1@1`,
  },
  'sends of one transaction with one of another between them': {
    types: ['G0', 'int-send-skip'],
    text: `
      a txn ok 0-20: send x 1@0, send x 3@2
      b txn ok 0-20: send x 2@1
      c poll: x 1@0 2@1 3@2`,
  },
}

for (const [name, { types, text }] of Object.entries(HISTORIES)) {
  t.test(name, async (t) => {
    t.strictSame(typesIn(transcript(text)), types)
  })
}

t.test('what Kafka allows is no violation', async (t) => {
  const interleaved = transcript(HISTORIES['sends of one transaction with one of another between them'].text)
  t.strictSame(findViolations(interleaved), [])
})

t.test('takes many operations in its stride, a hundred thousand of each kind in a whole run', async (t) => {
  const history: Work[] = []
  const count = repetitions(100_000)
  for (let index = 0; index < count; index++) {
    const times = { invokedMs: index, completedMs: index + 0.5, commitInvokedMs: index }
    const key = `x-${index % 8}`
    const records = new Map([[key, [{ offset: index, value: `${index}` }]]])
    const send = { type: 'send' as const, key, value: `${index}`, offset: index }
    history.push({ type: 'transaction', process: 'a', outcome: 'ok', actions: [send], ...times })
    history.push({
      type: 'poll',
      process: 'b',
      outcome: 'ok',
      actions: [{ type: 'poll', atMs: index + 0.9, records }],
      ...times,
    })
  }
  const startedMs = performance.now()
  t.strictSame(findAnomalies(history), [])
  t.comment(`${Math.round(performance.now() - startedMs)} ms`)
})
