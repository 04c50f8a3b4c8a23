/**
 * Checks every vector of a folder: `node --import=tsx scripts/vectors.ts DIR`. Prints one line a kind and, last,
 * `N passed, N failed`; exits 1 if any failed. A file that no checker knows is a failure: nothing is passed over.
 */
import { VectorFolder } from './vectors/folder.ts'
import { check as checkFrames } from './vectors/frames.ts'
import { check as checkHashes } from './vectors/hashes.ts'
import { check as checkLogDirs } from './vectors/log-dirs.ts'
import { check as checkMalformedBatches } from './vectors/malformed-batches.ts'
import { check as checkMessages } from './vectors/messages.ts'
import { check as checkMetaFiles } from './vectors/meta-files.ts'
import { check as checkRecordBatches } from './vectors/record-batches.ts'
import { Report } from './vectors/report.ts'

const CHECKERS = [
  checkMessages,
  checkFrames,
  checkRecordBatches,
  checkMalformedBatches,
  checkHashes,
  checkLogDirs,
  checkMetaFiles,
]

async function main(path: string | undefined): Promise<void> {
  if (path === undefined) {
    console.error('Which folder? For example: make vectors DIR=../shared/kafka-4.4/vectors')
    process.exitCode = 2
    return
  }
  const folder = new VectorFolder(path)
  const report = new Report()
  for (const check of CHECKERS) await check(folder, report)
  for (const file of folder.unread()) {
    report.check('unknown files', file, () => {
      throw new Error('no checker knows this kind of file')
    })
  }
  report.print()
  process.exitCode = report.failed > 0 ? 1 : 0
}

await main(process.argv[2])
