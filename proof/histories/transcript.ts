import type { Action, History, Key, Outcome, Polled, Turn, Work } from './history.ts'

const STEP_MS = 10
const LINE = /^(\S+) (txn|send|poll|assign|subscribe|crash)(?: (ok|fail|info))?(?: (\d+)-(\d+|\?))?(?:: (.*)| (.*))?$/

/**
 * A history as text, one operation a line, one after another unless times say otherwise:
 *
 *     a send: x 1@0                         a sent 1 to x and was told that it is at offset 0
 *     b poll: x 1@0 2@1                     b polled two values of x
 *     c poll: x 1@0 end x 3                 and has left out nothing before offset 3
 *     a txn fail: send x 3@2, poll y 7@0    a transaction that was aborted
 *     a txn ok 5-20: send x 4               from 5 ms to 20 ms; the offset is unknown
 *     b assign x y                          b crash
 */
export function transcript(text: string): History {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').map((line, index) => operation(line, index * STEP_MS))
}

function operation(line: string, startMs: number): Work | Turn {
  const found = LINE.exec(line)
  if (found === null) throw new Error(`not a line of a transcript: ${line}`)
  const [, process, verb, outcome = 'ok', from, to, actions, keys] = found
  if (verb === 'assign' || verb === 'subscribe' || verb === 'crash') {
    return { type: verb, process, keys: keys?.split(' ') ?? [] }
  }
  const invokedMs = from === undefined ? startMs : Number(from)
  const completedMs = outcome === 'info' || to === '?' ? Number.POSITIVE_INFINITY : Number(to ?? startMs + STEP_MS / 2)
  const parts = (actions ?? '').split(', ').map((part) => (verb === 'txn' ? part : `${verb} ${part}`))
  return {
    type: verb === 'txn' ? 'transaction' : (verb as 'send' | 'poll'),
    process,
    actions: parts.map((part) => action(part, verb === 'txn' ? completedMs : invokedMs)),
    invokedMs,
    completedMs,
    commitInvokedMs: outcome === 'fail' && verb === 'txn' ? Number.POSITIVE_INFINITY : invokedMs,
    outcome: outcome as Outcome,
  }
}

function action(text: string, atMs: number): Action {
  const [, verb, rest] = /^(send|poll) (.*)$/.exec(text) ?? []
  if (verb === 'send') {
    const [, key, value, offset] = /^(\S+) ([^\s@]+)(?:@(\d+))?$/.exec(rest) as RegExpExecArray
    return { type: 'send', key, value, offset: offset === undefined ? null : Number(offset) }
  }
  if (verb !== 'poll') throw new Error(`not an action of a transcript: ${text}`)
  const records = new Map<Key, Polled[]>()
  const ends = new Map<Key, number>()
  const words = rest.split(' ')
  let key = ''
  while (words.length > 0) {
    const word = words.shift() as string
    const [, value, offset] = /^(.+)@(\d+)$/.exec(word) ?? []
    if (value !== undefined) records.set(key, [...(records.get(key) ?? []), { value, offset: Number(offset) }])
    else if (word === 'end') ends.set(words.shift() as string, Number(words.shift()))
    else key = word
  }
  return { type: 'poll', atMs, records, ends }
}
