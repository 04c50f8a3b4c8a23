/** Commander's program of a definition: parsing, suggestions and `--help`. */
import { styleText } from 'node:util'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { nearestName } from '../../config/nearest-name.ts'
import type { CommandDefinition, Example, OptionDefinition } from './command.ts'
import { InvalidValue } from './command.ts'

/**
 * `version`: what `--version` prints. `words`: those of the command line. A command that they do not name is not made: all of
 * them take commander a tenth of the broker's start.
 */
export function programOf(root: CommandDefinition, version: string, words: readonly string[]): Command {
  const wanted = words.some((word) => HELP.has(word)) ? null : new Set(words)
  const program = commandOf(root, wanted)
  return (
    program
      .version(version, '-v, --version')
      .showHelpAfterError('(samsa --help lists the options)')
      // Looked at by the action: to commander, a command that it does not know is an argument too many.
      .allowExcessArguments(true)
      .hook('preAction', (_, action) => {
        const [word] = action === program ? program.args : []
        if (word !== undefined) program.error(unknownCommand(word, root))
      })
  )
}

function unknownCommand(word: string, { commands = [] }: CommandDefinition): string {
  const names = commands.map(({ name }) => name)
  const nearest = nearestName(word, names)
  return `error: unknown command '${word}'${nearest === null ? '' : `\n(Did you mean ${nearest}?)`}`
}

/** Help speaks of commands that nobody has named. */
const HELP: ReadonlySet<string> = new Set(['-h', '--help', 'help'])

/** A command without any below it would take a mistyped one for an argument: then all of them are made, to suggest one. */
function madeOf({ commands = [], defaultCommand }: CommandDefinition, wanted: ReadonlySet<string> | null) {
  if (wanted === null) return commands
  const made = commands.filter(
    ({ name, aliases = [] }) => name === defaultCommand || [name, ...aliases].some((each) => wanted.has(each)),
  )
  return made.length === 0 ? commands : made
}

/** `wanted`: the names of the commands below that are made; null: all of them. */
function commandOf(definition: CommandDefinition, wanted: ReadonlySet<string> | null): Command {
  const { name, aliases = [], summary, args = [], options = [], run } = definition
  // Options behind the name of a command are its own: both may have a --topic.
  const command = new Command(name)
    .description(summary)
    .aliases([...aliases])
    .enablePositionalOptions()
  command.configureHelp({ styleTitle: (title) => styleText('bold', title) })
  for (const { usage, description, values } of args) command.addArgument(argumentOf(usage, description, values))
  for (const option of options) command.addOption(optionOf(option))
  for (const below of madeOf(definition, wanted)) {
    command.addCommand(commandOf(below, wanted), { isDefault: below.name === definition.defaultCommand })
  }
  const more = behindOptions(definition)
  if (more !== '') command.addHelpText('after', more)
  if (run !== undefined) {
    command.action(async () => {
      const code = await run(command.args, command.opts() as never)
      if (code !== undefined) process.exitCode = code
    })
  }
  return command
}

function argumentOf(usage: string, description: string, values: OptionDefinition['values']): Argument {
  const argument = new Argument(usage, description)
  return Array.isArray(values) ? argument.choices(values) : argument
}

function optionOf(definition: OptionDefinition): Option {
  const { flags, description, values, parse, isRequired = false, conflicts = [], group } = definition
  const option = new Option(flags, description).makeOptionMandatory(isRequired).conflicts([...conflicts])
  if (Array.isArray(values)) option.choices(values)
  if (parse !== undefined) option.argParser((text, earlier) => parsed(() => parse(text, earlier as never)))
  if (definition.default !== undefined) option.default(definition.default)
  return group === undefined ? option : option.helpGroup(group)
}

function parsed(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (error) {
    throw error instanceof InvalidValue ? new InvalidArgumentError(error.message) : error
  }
}

function behindOptions({ details, examples = [] }: CommandDefinition): string {
  const parts = details === undefined ? [] : [details.trim()]
  if (examples.length > 0) parts.push(['Examples:', ...exampleLines(examples)].join('\n'))
  return parts.map((part) => `\n${part}`).join('\n')
}

/** Words of examples stand under each other as long as the lines before them leave room. */
const WIDEST_EXAMPLE = 60

function exampleLines(examples: readonly Example[]): string[] {
  const pairs = examples.map((each) => (typeof each === 'string' ? ([each, ''] as const) : each))
  const explained = pairs.filter(([line, words]) => words !== '' && line.length <= WIDEST_EXAMPLE)
  const width = Math.max(0, ...explained.map(([line]) => line.length))
  return pairs.map(([line, words]) => `  ${line.padEnd(words === '' ? 0 : width)}${words === '' ? '' : `  ${words}`}`)
}
