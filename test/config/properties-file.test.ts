/** properties.json is what java.util.Properties (JDK 17) reads from each text. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseProperties } from '../../src/config/sources/properties-file.ts'

const cases: { text: string; properties: Record<string, string> }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'properties.json'), 'utf8'),
)

for (const { text, properties } of cases) {
  t.same(Object.fromEntries(parseProperties(text)), properties, JSON.stringify(text))
}
