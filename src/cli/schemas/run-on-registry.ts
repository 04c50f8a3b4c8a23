import { complain, printAnswer } from '../cluster/run-on-cluster.ts'
import { Output } from '../output.ts'
import type { Answer } from '../print/answer.ts'
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
export async function runOnRegistry(
  command: RegistryCommand,
  words: readonly string[],
  options: CommonOptions,
): Promise<number> {
  const output = new Output()
  try {
    const answer = await command({ registry: new RegistryClient(options), words, options })
    await printAnswer(answer, output, options)
    return answer.failures?.length ? 1 : 0
  } catch (error) {
    complain(error)
    return 1
  } finally {
    await output.flush()
  }
}
