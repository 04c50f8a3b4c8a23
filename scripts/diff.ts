/**
 * `make diff`: the same requests to Apache Kafka and to samsa, and every field of the answers that differs. SEED=n draws
 * other random requests, QUICK=1 is the short run, ONLY=text the scenarios whose name contains the text, REQUESTS=n the
 * random requests for each API and version. Exit code 1 when an error code differs, a difference is not known, or a
 * known one is gone.
 */
import { brokersForDiff } from '../compat-tests/diff/brokers.ts'
import { judge, reportText } from '../compat-tests/diff/report.ts'
import { runScenarios } from '../compat-tests/diff/run.ts'
import { scenarios } from '../compat-tests/diff/scenarios/index.ts'

const { SEED = '1', QUICK, ONLY = '', REQUESTS, VERBOSE } = process.env
const isQuick = QUICK !== undefined && QUICK !== '0'
const perVersion = Number(REQUESTS ?? (isQuick ? 10 : 200))

async function main(): Promise<number> {
  const chosen = scenarios({ seed: Number(SEED), perVersion }).filter(({ name }) => name.includes(ONLY))
  const brokers = await brokersForDiff()
  try {
    const result = await runScenarios(brokers, chosen, (text) => console.error(text))
    const verdict = judge(result)
    console.log(reportText(result, verdict, VERBOSE !== undefined))
    // Only a run of everything can tell that a known difference is gone.
    const isWhole = ONLY === '' && !isQuick
    if (isWhole) for (const { api, path } of verdict.unneeded) console.log(`No longer different: ${api} ${path}`)
    const requests = [...result.requests.values()].reduce((sum, count) => sum + count, 0)
    const counts = `${requests} requests of ${result.requests.size} API versions`
    console.log(`\ndiff: ${counts}, ${verdict.errors.length} errors and ${verdict.others.length} other fields differ`)
    const clean = [verdict.errors, verdict.others, result.broken, isWhole ? verdict.unneeded : []]
    return clean.every(({ length }) => length === 0) ? 0 : 1
  } finally {
    await Promise.all([brokers.apache.dispose(), brokers.samsa.dispose()])
  }
}

process.exit(await main())
