import { readFileSync } from 'node:fs'
import t from 'tap'
import { samsa } from '../../src/cli/commands/samsa.ts'

/** By command, the words that the table of docs/cli.md has behind it. */
function documented(): Map<string, string[]> {
  const rows = readFileSync('docs/cli.md', 'utf8').matchAll(/^\| `samsa ([\w-]+)([^`]*)` \|/gm)
  const words = new Map<string, string[]>()
  for (const [, command = '', behind = ''] of rows) {
    words.set(command, [...(words.get(command) ?? []), ...(behind.match(/[\w-]+/g) ?? [])])
  }
  return words
}

t.test('docs/cli.md names every command, and no other', async (t) => {
  const table = documented()
  t.same([...table.keys()].sort(), samsa.commands?.map(({ name }) => name).sort())
  for (const { name, commands = [] } of samsa.commands ?? []) {
    if (commands.length > 0) t.same(table.get(name)?.sort(), commands.map((command) => command.name).sort(), name)
  }
})
