import { join } from 'node:path'
import t from 'tap'
import { VectorFolder } from '../../scripts/vectors/folder.ts'
import { check as checkFrames } from '../../scripts/vectors/frames.ts'
import { check as checkMessages } from '../../scripts/vectors/messages.ts'
import { Report } from '../../scripts/vectors/report.ts'
import { droppedFactsFolder, factsFolder } from '../support/facts.ts'

const folder = new VectorFolder(join(factsFolder, 'vectors'))

for (const [kind, check] of Object.entries({ messages: checkMessages, frames: checkFrames })) {
  t.test(`${kind} are Kafka's bytes, both ways`, (t) => {
    const report = new Report()
    check(folder, report)
    t.strictSame(report.failures, [])
    t.ok(report.passed > 100, `${report.passed} vectors`)
    t.end()
  })
}

t.test('messages of the versions that Kafka 4.0 has dropped are its bytes, both ways', (t) => {
  const report = new Report()
  checkMessages(new VectorFolder(join(droppedFactsFolder, 'vectors')), report)
  t.strictSame(report.failures, [])
  t.ok(report.passed > 100, `${report.passed} vectors`)
  t.end()
})
