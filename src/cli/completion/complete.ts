import type { CommandDefinition } from '../definition/command.ts'
import { type Candidate, completionOf, matching } from './candidates.ts'
import { lookUp } from './look-up.ts'

/** Prints the candidates for the last of `words`, one a line; nothing at all where something goes wrong. */
export async function complete(root: CommandDefinition, words: readonly string[]): Promise<void> {
  const completion = completionOf(root, words)
  const { before, candidates, given, lookUp: kind } = completion
  const lines: Candidate[] = [...candidates]
  if (kind === 'file' || kind === 'directory') lines.push({ word: `:${kind}` })
  else if (kind !== null) {
    const typed = (words.at(-1) ?? '').slice(before.length)
    const found = matching(await lookUp(kind, given).catch(() => []), typed)
    lines.push(...found.map(({ word, description }) => ({ word: before + word, description })))
  }
  for (const { word, description } of lines)
    process.stdout.write(description ? `${word}\t${description}\n` : `${word}\n`)
}
