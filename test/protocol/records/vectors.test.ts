import { join } from 'node:path'
import t from 'tap'
import { VectorFolder } from '../../../scripts/vectors/folder.ts'
import { check as checkHashes } from '../../../scripts/vectors/hashes.ts'
import { check as checkMalformedBatches } from '../../../scripts/vectors/malformed-batches.ts'
import { check as checkRecordBatches } from '../../../scripts/vectors/record-batches.ts'
import { Report } from '../../../scripts/vectors/report.ts'
import { factsFolder } from '../../support/facts.ts'

const folder = new VectorFolder(join(factsFolder, 'vectors'))

for (const [kind, check] of Object.entries({
  'record batches': checkRecordBatches,
  'malformed batches': checkMalformedBatches,
  hashes: checkHashes,
})) {
  t.test(`${kind} are as in Kafka`, (t) => {
    const report = new Report()
    check(folder, report)
    t.strictSame(report.failures, [])
    t.ok(report.passed > 100, `${report.passed} vectors`)
    t.end()
  })
}
