import t from 'tap'
import { checkLogDir, type LogDirVector } from '../../scripts/vectors/log-dirs.ts'
import { checkMetaFile, type MetaFileVector } from '../../scripts/vectors/meta-files.ts'
import { facts } from '../support/facts.ts'

for (const vector of facts('vectors/LogDirs.json') as LogDirVector[]) {
  t.test(`Apache's partition directory "${vector.name}"`, async (t) => {
    await t.resolves(checkLogDir(vector, true), 'after a clean stop')
    await t.resolves(checkLogDir(vector, false), 'after a crash')
  })
}

t.test('the small files of a data directory', async (t) => {
  for (const [i, vector] of (facts('vectors/MetaFiles.json') as MetaFileVector[]).entries()) {
    t.doesNotThrow(() => checkMetaFile(vector), `${i} ${vector.file}`)
  }
})
