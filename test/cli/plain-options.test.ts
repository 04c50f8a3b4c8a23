/** The command lines that are read without commander: it has to read the same in them, and all others are left to it. */
import type { Command } from 'commander'
import fc from 'fast-check'
import t from 'tap'
import { broker } from '../../src/cli/commands/broker.ts'
import { samsa } from '../../src/cli/commands/samsa.ts'
import { plainOptions } from '../../src/cli/definition/plain-options.ts'
import { programOf } from '../../src/cli/definition/program.ts'

/** null: commander refuses it, or takes it for something else than the start of a broker. */
function byCommander(words: readonly string[]): object | null {
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
    for (const below of command.commands) quiet(below)
  }
  const program = programOf(samsa, '1.2.3', words)
  let found: object | null = null
  program.action(() => {
    found = program.opts()
  })
  quiet(program)
  try {
    program.parse([...words], { from: 'user' })
    return found
  } catch {
    return null
  }
}

t.test('the lines of every day are plain', (t) => {
  const lines = [
    '',
    '--port 0 --ephemeral',
    '-p 9093 -d data',
    '--port=0 --set a=b --set=c=d=e',
    '-t orders:6 -t users',
  ]
  const more = [
    '--release-version 4.3',
    '-u alice:secret --acl alice:read:topic:a',
    '--log-level debug --log-format json',
  ]
  for (const line of [...lines, ...more]) {
    const words = line.split(' ').filter((word) => word !== '')
    t.not(plainOptions(broker, words), null, line)
    t.strictSame(plainOptions(broker, words), byCommander(words), line)
  }
  t.end()
})

t.test('anything else is left to commander', (t) => {
  const lines = [
    'topics list',
    '--help',
    '-v',
    '--port',
    '--port x',
    '--ephemeral=1',
    '--ephemeral -d data',
    '--registry',
  ]
  const more = [
    '--log-level loud',
    '-p9092',
    '-- x',
    '--prot 1',
    '--set x',
    '--set -a=b',
    '--data=',
    'start',
    '--registry=http://localhost:1',
  ]
  for (const line of [...lines, ...more]) t.equal(plainOptions(broker, line.split(' ')), null, line)
  t.end()
})

t.test('commander reads the same, whatever the words are', (t) => {
  const flag = fc.constantFrom(
    ...broker.options.flatMap(({ flags }) => flags.split(/, | /).filter((word) => word[0] === '-')),
  )
  const value = fc.constantFrom('9092', '0', 'a=b', 'a', 'a:b', 'debug', 'json', '-1', '', '--', '=', 'topics')
  const attached = fc.tuple(flag, value).map((pair) => pair.join('='))
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(flag, value).map((pair) => [...pair]) },
    fc.tuple(fc.oneof(flag, attached, value)),
  )
  let plain = 0
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (pairs) => {
      const words = pairs.flat()
      const options = plainOptions(broker, words)
      if (options === null) return
      plain++
      t.strictSame(options, byCommander(words), words.join(' '))
    }),
    { numRuns: 300, seed: 20 },
  )
  t.ok(plain > 30, `${plain} of 300 were plain`)
  t.end()
})
