import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { errorName, KafkaError } from '../../../protocol/errors.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { downConvert, type OldMagic } from '../../../protocol/records/down-convert.ts'
import { facts } from '../../support/facts.ts'

/** A set of records and what Apache Kafka made of it; `DownConversions.java` beside this file says how. */
interface Case {
  readonly name: string
  readonly magic: OldMagic
  readonly fetchOffset: string
  readonly hex?: string
  readonly error?: string
}

const cases: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'cases.json'), 'utf8'))
const sets = new Map<string, string>(
  facts('vectors', 'RecordBatches.json').map(({ name, hex }: { name: string; hex: string }) => [name, hex]),
)

/** Compressors differ in their bytes: there the records decide, and all that stands around them. */
function readable(hex: string): unknown {
  return decodeBatches(Buffer.from(hex, 'hex')).map((batch) => {
    const isPlain = batch.compression === 'none'
    return { ...batch, position: 0, crc: isPlain ? batch.crc : 0, sizeInBytes: isPlain ? batch.sizeInBytes : 0 }
  })
}

t.test('records are converted to the older formats as Apache Kafka 3.9 did', (t) => {
  for (const { name, magic, fetchOffset, hex, error } of cases) {
    const convert = () => downConvert(Buffer.from(sets.get(name)!, 'hex'), magic, BigInt(fetchOffset))
    const where = `${name} to magic ${magic} from ${fetchOffset}`
    if (hex !== undefined) {
      t.strictSame(readable(convert().toString('hex')), readable(hex), where)
      continue
    }
    try {
      convert()
      t.fail(`${where} is not refused`)
    } catch (refusal) {
      t.equal(refusal instanceof KafkaError && errorName(refusal.code), error, where)
    }
  }
  t.end()
})
