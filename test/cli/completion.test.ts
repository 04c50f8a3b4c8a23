/** Candidates of the definition, for every place of a line; the scripts of the shells are tried in their shells. */
import t from 'tap'
import { samsa } from '../../src/cli/commands/samsa.ts'
import { completionOf } from '../../src/cli/completion/candidates.ts'
import { type CommandDefinition, InvalidValue } from '../../src/cli/definition/command.ts'
import { collect, several } from '../../src/cli/definition/values.ts'

const definition: CommandDefinition = {
  name: 'samsa',
  summary: '',
  options: [
    { flags: '-p, --port <port>', description: 'port' },
    { flags: '-s, --set <key=value>', description: 'set', parse: collect },
    { flags: '--format <format>', description: 'format', values: ['text', 'json'] },
    { flags: '--data <directory>', description: 'data', values: 'directory' },
    { flags: '--ephemeral', description: 'memory' },
  ],
  commands: [
    {
      name: 'topics',
      summary: 'topics of a cluster',
      commands: [
        {
          name: 'describe',
          aliases: ['show'],
          summary: 'one',
          args: [{ usage: '<topic...>', description: '', values: 'topic' }],
          options: [{ flags: '--json', description: 'json' }],
        },
        { name: 'delete', summary: 'no more' },
      ],
    },
    {
      name: 'configs',
      summary: 'configurations',
      defaultCommand: 'list',
      commands: [
        {
          name: 'list',
          summary: 'all',
          args: [{ usage: '[word...]', description: '', values: 'config' }],
          options: [{ flags: '--scope <scope>', description: '', values: ['broker', 'topic'] }],
        },
      ],
    },
  ],
}

const words = (...line: string[]) => completionOf(definition, line).candidates.map(({ word }) => word)

t.test('commands, then those below them, by name and by alias', async (t) => {
  t.same(words(''), ['topics', 'configs'])
  t.same(words('t'), ['topics'])
  t.same(words('topics', 'd'), ['describe', 'delete'])
  t.same(words('--port', '1', 'topics', 'de'), ['describe', 'delete'])
  t.same(words('topics', 'show', '--'), ['--json', '--help'])
  t.same(words('topics', 'nonsense', ''), [])
})

t.test('options, and their values behind a space or an equals sign', async (t) => {
  t.same(words('--'), ['--port', '--set', '--format', '--data', '--ephemeral', '--help'])
  t.same(words('--port', '1', '--set', 'a=b', '--p'), [], 'no option stands twice')
  t.same(words('--set', 'a=b', '--s'), ['--set'], 'but for those that may')
  t.same(words('--format', ''), ['text', 'json'])
  t.same(words('--format=j'), ['--format=json'])
  t.same(words('-p', '1', '--por'), [], 'a short name is the same option')
  t.same(words('--', '--p'), [], 'behind two dashes nothing is an option')
})

t.test('what has to be looked up, with the options that say where', async (t) => {
  t.match(completionOf(definition, ['--data', '']), { lookUp: 'directory', candidates: [] })
  t.match(completionOf(definition, ['topics', 'describe', '']), { lookUp: 'topic' })
  t.match(completionOf(definition, ['topics', 'describe', 'one', 't']), { lookUp: 'topic' }, 'several')
  t.match(completionOf(definition, ['topics', 'delete', '']), { lookUp: null })
  const configs = completionOf(definition, ['configs', 'l'])
  t.match(configs, { lookUp: 'config', candidates: [{ word: 'list' }] }, 'the default command, and its words')
  t.same(words('configs', '--scope', 'b'), ['broker'])
  t.same(completionOf(definition, ['--port', '7', '--data=']).given, new Map([['--port', '7']]))
})

t.test('every command of samsa is whole', async (t) => {
  const visit = (command: CommandDefinition, path: string) => {
    t.ok(command.summary.length > 0 && !command.summary.endsWith('.') !== (path === ''), `${path} has a summary`)
    t.equal(command.run === undefined, command.commands !== undefined && path !== '', `${path} does something`)
    const flags = (command.options ?? []).flatMap((option) =>
      option.flags.split(/[ ,]+/).filter((each) => each[0] === '-'),
    )
    t.equal(new Set(flags).size, flags.length, `${path} has each option once`)
    if (command.run !== undefined) t.ok(command.examples?.length, `${path} has examples`)
    for (const example of command.examples ?? []) {
      const line = typeof example === 'string' ? example : example[0]
      t.match(line, /samsa/, line)
      checkExample(t, line)
    }
    for (const below of command.commands ?? []) visit(below, `${path} ${below.name}`.trim())
  }
  visit(samsa, '')
})

/** Every option in an example is one of the command that it names. */
function checkExample(t: { ok(value: boolean, name: string): unknown }, line: string): void {
  const invocation = /(?:^|\s|\()samsa ([^|<>()]*)/.exec(line)?.[1] ?? ''
  const given = invocation.split(/\s+/).filter((word) => word !== '')
  given.forEach((word, index) => {
    const name = /^--[a-z-]+/.exec(word)?.[0]
    if (name === undefined) return
    const offered = completionOf(samsa, [...given.slice(0, index).filter((each) => !each.startsWith(name)), name])
    t.ok(
      offered.candidates.some((candidate) => candidate.word === name),
      `${line}: ${name}`,
    )
  })
}

t.test('values of options', async (t) => {
  t.same(several('a,b', ['c']), ['c', 'a', 'b'])
  t.ok(new InvalidValue('x') instanceof Error)
})
