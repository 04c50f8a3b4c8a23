/** Tables, quantities and sentences. */
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { answerText, tableAnswer, wordsAnswer } from '../../../src/cli/print/answer.ts'
import { bytesText, countText, plural, timeText } from '../../../src/cli/print/quantity.ts'
import { sentence } from '../../../src/cli/print/sentence.ts'
import { printable, styleFor } from '../../../src/cli/print/style.ts'
import { ClientError } from '../../../src/client/errors.ts'

const plain = styleFor({})

t.test('columns are as wide as they need to be, numbers to the right', async (t) => {
  const answer = tableAnswer({
    columns: [
      { title: 'NAME', of: ({ name }: { name: string }) => name, tone: () => 'name' },
      { title: 'N', of: ({ n }) => n },
      { title: 'LIST', of: ({ list }) => list },
    ],
    rows: [
      { name: 'a', n: 1000, list: [1, 2] },
      { name: 'longer', n: null, list: [] },
    ] as { name: string; n: number | null; list: number[] }[],
  })
  t.equal(answerText(answer, plain), 'NAME       N  LIST\na       1000  1,2\nlonger     -  -')
  const coloured = styleFor({ isTTY: true, hasColors: () => true })
  t.match(answerText(answer, coloured), '\u001b[36ma\u001b[39m       1000', 'padding is counted without the colour')
})

t.test('empty tables, facts and lines', async (t) => {
  t.equal(answerText(tableAnswer({ columns: [], rows: [], empty: 'nothing' }), plain), 'nothing')
  t.equal(answerText(wordsAnswer([], []), plain), '')
  const facts = {
    heading: 'head',
    facts: [
      ['a', 1],
      ['long', 'x\ny'],
      ['no', null],
    ] as const,
  }
  t.equal(
    answerText({ sections: [facts, { lines: ['end'] }], json: [] }, plain),
    'head\n  a     1\n  long  x\\ny\n  no    -\n\nend',
  )
})

t.test('quantities', async (t) => {
  t.same([0, 1023, 1536, 150 * 1024, 5e9].map(bytesText), ['0 B', '1023 B', '1.5 kB', '150 kB', '4.7 GB'])
  t.same([0.25, 9999, 12_345, 2.5e6, 3e9].map(countText), ['0.3', '9999', '12.3k', '2.5M', '3.0G'])
  t.same([-1, 0, 9e15].map(timeText), ['-', '1970-01-01T00:00:00.000Z', '-'])
  t.same([plural(1, 'batch', 'batches'), plural(2, 'record')], ['1 batch', '2 records'])
})

t.test('errors: a sentence with Kafka\u2019s name and what to do; a bug has its stack', async (t) => {
  t.equal(
    sentence(new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'x: not here.')),
    'x: not here (UNKNOWN_TOPIC_OR_PARTITION): see samsa topics list.',
  )
  t.equal(sentence(new ClientError('timeout', 'late')), 'late.')
  t.equal(sentence(new ClientError('unreachable', 'nobody')), 'nobody: is a broker running there?')
  t.match(sentence(new TypeError('bug')), /TypeError: bug\n {4}at /)
  t.equal(printable('a\x1b[31m\r\u009b\tb\n'), 'a\\e[31m\\r\\x9b\tb\n')
})

t.test('colours are for terminals that have them', async (t) => {
  t.equal(styleFor({ isTTY: false, hasColors: () => true })('bad', 'x'), 'x')
  t.equal(styleFor({ isTTY: true, hasColors: () => false })('bad', 'x'), 'x')
  t.equal(styleFor({ isTTY: true, hasColors: () => true })(null, 'x'), 'x')
})
