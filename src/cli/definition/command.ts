/**
 * The words of the command line as data: from one definition come parsing and `--help` (`program.ts`) and completion
 * (`completion/candidates.ts`). A definition imports nothing that costs time; what a command does is loaded when it runs.
 */

/** The kind of a value, for completion: a list of words is also a limit. */
export type Values =
  | readonly string[]
  | 'topic'
  | 'group'
  | 'broker'
  | 'transactional-id'
  | 'user'
  | 'config'
  | 'topic-config'
  | 'profile'
  | 'file'
  | 'directory'

export interface OptionDefinition {
  /** As `-f, --format <format>`: the name in `<>` is a value, a `...` in it says that it may be given again. */
  readonly flags: string
  readonly description: string
  readonly values?: Values
  /** Throws `InvalidValue` with a sentence. `earlier`: the value so far, of an option that is given again. */
  readonly parse?: (text: string, earlier?: never) => unknown
  readonly default?: unknown
  readonly isRequired?: boolean
  /** Names of options, as they stand in the parsed value, that contradict this one. */
  readonly conflicts?: readonly string[]
  /** The heading under which `--help` lists it. */
  readonly group?: string
}

export interface ArgumentDefinition {
  /** `<topic>`, `[word]`, `<topic...>`. */
  readonly usage: string
  readonly description: string
  readonly values?: Values
}

/** An example: the line, and what it does where that is not plain. */
export type Example = string | readonly [line: string, words: string]

export interface CommandDefinition {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Paragraphs of `--help` behind the options. */
  readonly details?: string
  readonly examples?: readonly Example[]
  readonly args?: readonly ArgumentDefinition[]
  readonly options?: readonly OptionDefinition[]
  readonly commands?: readonly CommandDefinition[]
  /** Taken where none of `commands` is named. */
  readonly defaultCommand?: string
  /** Resolves to the exit code, or undefined: it is not over yet, as a broker that runs. */
  readonly run?: (words: readonly string[], options: never) => Promise<number | undefined>
}

/** A value that its option cannot have; the message is a sentence for a person. */
export class InvalidValue extends Error {}
