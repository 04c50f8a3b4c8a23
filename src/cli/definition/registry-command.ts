/** Commands that ask a schema registry: the options by which they reach it, the same for all. */
import type { CommandDefinition, OptionDefinition } from './command.ts'

export const registryOptions: readonly OptionDefinition[] = [
  {
    flags: '--registry <url>',
    description: 'a schema registry (default: SCHEMA_REGISTRY_URL, else http://localhost:8081)',
    group: 'Schema registry:',
  },
  { flags: '--registry-user <name:password>', description: 'log in to it', group: 'Schema registry:' },
]

/** As a `CommandDefinition`; `load` brings in what the command does, when it runs. */
export interface RegistryCommandDefinition extends Omit<CommandDefinition, 'run' | 'commands' | 'defaultCommand'> {
  readonly load: () => Promise<(context: never) => Promise<unknown>>
}

export function registryCommand({ load, ...definition }: RegistryCommandDefinition): CommandDefinition {
  const json: OptionDefinition = { flags: '--json', description: 'one JSON object a line' }
  return {
    ...definition,
    options: [...(definition.options ?? []), json, ...registryOptions],
    run: async (words, options) => {
      const [{ runOnRegistry }, command] = await Promise.all([import('../schemas/run-on-registry.ts'), load()])
      return runOnRegistry(command as never, words, options)
    },
  }
}
