import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { xxh3 } from '../../../protocol/xxh3.ts'

const cases: { hex: string; hash: string }[] = JSON.parse(readFileSync(join(import.meta.dirname, 'cases.json'), 'utf8'))

t.test('XXH3 is that of the library that Apache Kafka uses, at every length that it treats differently', (t) => {
  for (const { hex, hash } of cases)
    t.equal(xxh3(Buffer.from(hex, 'hex')).toString(16), hash, `${hex.length / 2} bytes`)
  t.end()
})
