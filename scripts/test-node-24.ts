/**
 * The unit tests once more on Node 24, whose zlib, streams and garbage collector are others, bundled as the inner loop has
 * them and whole. The last line is `N passed, N failed`.
 */
import { printTotals, runTests } from './support/run-tests.ts'
import { allTests } from './support/unit-tests.ts'
import { node } from './toolchain/node.ts'

const found = await node(24)
if (!found.ok) {
  console.log(`skipped: Node 24: ${found.reason}`)
  console.log('0 passed, 0 failed, 1 skipped')
  process.exit(0)
}
const runs = await runTests({ tests: allTests(), name: 'unit-tests-node-24', program: found.tool.path })
console.log(`Node ${found.tool.version}: ${runs.length} files`)
process.exit(printTotals(runs) ? 0 : 1)
