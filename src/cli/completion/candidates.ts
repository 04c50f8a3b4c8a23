/** The words that can stand next on a command line, from the definition of the commands alone. */
import type { CommandDefinition, OptionDefinition, Values } from '../definition/command.ts'

export interface Candidate {
  readonly word: string
  readonly description?: string
}

/** Candidates that are known, and the kind of values that has to be looked up beside them. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  readonly lookUp: Exclude<Values, readonly string[]> | null
  /** In front of each value that is looked up, as in `--topic=`. */
  readonly before: string
  /** Values of the options on the line so far, by their long names: where a look-up finds its cluster. */
  readonly given: ReadonlyMap<string, string>
}

const HELP: OptionDefinition = { flags: '-h, --help', description: 'display help for command' }

/** `words`: those behind `samsa`; the last is being typed, and may be empty. */
export function completionOf(root: CommandDefinition, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? ''
  const line = readLine(root, words.slice(0, -1))
  const { command, awaited, given } = line
  if (awaited !== null) return valuesOf(awaited.values, typed, '', given)
  const equals = /^(--[a-z-]+)=(.*)$/.exec(typed)
  if (equals !== null) {
    const [, name = '', value = ''] = equals
    return valuesOf(optionNamed(command, name)?.values, value, `${name}=`, given)
  }
  if (typed.startsWith('-') && !line.isOnlyWords) {
    const options = [...(defaultOf(command).options ?? []), HELP].filter((option) => canStand(option, given))
    const candidates = options.map((option) => ({ word: longName(option), description: option.description }))
    return { candidates: matching(candidates, typed), lookUp: null, before: '', given }
  }
  const below = line.positionals === 0 ? commandsBelow(command) : []
  const args = (line.positionals === 0 ? defaultOf(command) : command).args ?? []
  const argument = args[line.positionals] ?? lastIfSeveral(args)
  const values = valuesOf(argument?.values, typed, '', given)
  return { ...values, candidates: [...matching(below, typed), ...values.candidates] }
}

interface Line {
  readonly command: CommandDefinition
  /** How many words behind the command are no options. */
  readonly positionals: number
  /** The option whose value comes next. */
  readonly awaited: OptionDefinition | null
  readonly given: ReadonlyMap<string, string>
  /** Behind `--` nothing is an option. */
  readonly isOnlyWords: boolean
}

function readLine(root: CommandDefinition, words: readonly string[]): Line {
  let command = root
  let positionals = 0
  let awaited: OptionDefinition | null = null
  let isOnlyWords = false
  const given = new Map<string, string>()
  for (const word of words) {
    if (awaited !== null) {
      given.set(longName(awaited), word)
      awaited = null
    } else if (word === '--') isOnlyWords = true
    else if (word.startsWith('-') && !isOnlyWords) {
      const [name = '', value] = word.split('=', 2)
      const option: OptionDefinition | null = optionNamed(command, name)
      if (option === null) continue
      if (value === undefined && takesValue(option)) awaited = option
      else given.set(longName(option), value ?? '')
    } else {
      const below: CommandDefinition | undefined = positionals > 0 ? undefined : commandNamed(command, word)
      if (below === undefined) positionals++
      else command = below
    }
  }
  return { command, positionals, awaited, given, isOnlyWords }
}

function valuesOf(
  values: Values | undefined,
  typed: string,
  before: string,
  given: ReadonlyMap<string, string>,
): Completion {
  const known = Array.isArray(values) ? (values as readonly string[]).map((word) => ({ word })) : []
  const candidates = matching(known, typed).map(({ word }) => ({ word: before + word }))
  const lookUp = values === undefined || Array.isArray(values) ? null : (values as Completion['lookUp'])
  return { candidates, lookUp, before, given }
}

export const matching = (candidates: readonly Candidate[], typed: string): Candidate[] =>
  candidates.filter(({ word }) => word.startsWith(typed))

const commandsBelow = (command: CommandDefinition): Candidate[] =>
  (command.commands ?? []).map(({ name, summary }) => ({ word: name, description: summary }))

const commandNamed = ({ commands = [] }: CommandDefinition, word: string): CommandDefinition | undefined =>
  commands.find(({ name, aliases = [] }) => name === word || aliases.includes(word))

/** The command itself, or the one that is taken where none is named. */
const defaultOf = (command: CommandDefinition): CommandDefinition =>
  command.commands?.find(({ name }) => name === command.defaultCommand) ?? command

function optionNamed(command: CommandDefinition, name: string): OptionDefinition | null {
  return defaultOf(command).options?.find(({ flags }) => namesOf(flags).includes(name)) ?? null
}

const namesOf = (flags: string): string[] => flags.split(/[ ,]+/).filter((each) => each.startsWith('-'))
const longName = ({ flags }: OptionDefinition): string => namesOf(flags).at(-1) ?? ''
const takesValue = ({ flags }: OptionDefinition): boolean => /[<[]/.test(flags)

/** An option that was given, and may not be given again, is not offered. */
const canStand = (option: OptionDefinition, given: ReadonlyMap<string, string>): boolean =>
  !given.has(longName(option)) || (option.parse !== undefined && option.parse.length > 1)

function lastIfSeveral(args: CommandDefinition['args']) {
  const last = args?.at(-1)
  return last?.usage.includes('...') ? last : undefined
}
