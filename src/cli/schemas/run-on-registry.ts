import type { Answer } from '../print/answer.ts'
import { exitCodeOf } from '../print/exit-code.ts'
import { RegistryClient, type RegistryOptions } from './registry-client.ts'

export interface CommonOptions extends RegistryOptions {
  readonly json?: boolean
}

/** Everything that a command of a registry is given. */
export interface RegistryContext<O = object> {
  readonly registry: RegistryClient
  /** The words behind the name of the command. */
  readonly words: readonly string[]
  readonly options: O & CommonOptions
}

export type RegistryCommand<O = object> = (context: RegistryContext<O>) => Promise<Answer>

/** Runs a command of a registry and prints its answer. Resolves to the exit code: 0, or 1 when something was refused. */
export const runOnRegistry = (
  command: RegistryCommand,
  words: readonly string[],
  options: CommonOptions,
): Promise<number> =>
  exitCodeOf(async () => command({ registry: new RegistryClient(options), words, options }), options)
