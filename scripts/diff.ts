/**
 * `make diff`: the same requests to Apache Kafka and to samsa, and every field of the answers that differs. SEED=n draws
 * other random requests, QUICK=1 is the short run, ONLY=text the scenarios whose name contains the text, REQUESTS=n the
 * random requests for each API and version. Exit code 1 when an error code differs, a difference is not known, or a
 * known one is gone.
 *
 * SECURITY=1 has both brokers with the same users and ACLs: every API and version is asked for by every principal.
 */
import { brokersForDiff } from '../compat-tests/diff/brokers.ts'
import { knownDifferences } from '../compat-tests/diff/known-differences.ts'
import { judge, reportText } from '../compat-tests/diff/report.ts'
import { runScenarios } from '../compat-tests/diff/run.ts'
import { scenarios } from '../compat-tests/diff/scenarios/index.ts'
import { securedBrokersForDiff } from '../compat-tests/diff/secured/brokers.ts'
import { securedDifferences } from '../compat-tests/diff/secured/known-differences.ts'
import { securedScenarios } from '../compat-tests/diff/secured/scenarios.ts'

const { SEED = '1', QUICK, SECURITY, ONLY = '', REQUESTS, VERBOSE } = process.env
const isSet = (value: string | undefined): boolean => value !== undefined && value !== '0'
const [isQuick, isSecured] = [isSet(QUICK), isSet(SECURITY)]
const perVersion = Number(REQUESTS ?? (isQuick ? 10 : 200))

async function main(): Promise<number> {
  const all = isSecured ? securedScenarios(isQuick) : scenarios({ seed: Number(SEED), perVersion })
  const chosen = all.filter(({ name }) => name.includes(ONLY))
  const brokers = await (isSecured ? securedBrokersForDiff() : brokersForDiff())
  try {
    const result = await runScenarios(brokers, chosen, (text) => console.error(text))
    const verdict = isSecured
      ? judge(result, [...securedDifferences, ...knownDifferences], securedDifferences)
      : judge(result, knownDifferences)
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
    await Promise.all([brokers.apache.broker.dispose(), brokers.samsa.broker.dispose()])
  }
}

process.exit(await main())
