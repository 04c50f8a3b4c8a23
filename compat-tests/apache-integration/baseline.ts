/**
 * Judges Apache Kafka: runs every class of the baseline against it, the tests that are not in the baseline too, and writes
 * those that pass. `node --import=tsx compat-tests/apache-integration/baseline.ts [requests|clients|tools|several-brokers|CLASS|clients/CLASS …]`;
 * the whole takes two hours on two cores. Classes are added to a file of the baseline by hand, without tests.
 */
import { writeFileSync } from 'node:fs'
import { apacheIntegrationTests } from '../../scripts/toolchain/apache-integration.ts'
import { leftOut } from './exceptions.ts'
import { IntegrationRun } from './run.ts'
import {
  baselinePath,
  baselineText,
  isOfSeveralBrokers,
  methodOf,
  type Part,
  partsOfOneBroker,
  partsOfSeveralBrokers,
  readBaseline,
  type TestClass,
} from './tests.ts'

const slots = Number(process.env.PARALLEL ?? 1)

async function judge(run: IntegrationRun, one: TestClass): Promise<void> {
  const passed = new Set<string>()
  let failed = 0
  const hear = ({ name, verdict }: { name: string; verdict: string }) => {
    if (verdict === 'failed') failed++
    if (verdict === 'passed' && !(methodOf(name) in leftOut)) passed.add(name)
  }
  await run.run({ className: one.name, methods: [] }, hear).catch((error: Error) => console.error(error.message))
  const lost = one.tests.filter((test) => !passed.has(test))
  console.log(`${one.name}: ${passed.size} passed, ${failed} failed`)
  for (const test of lost) console.log(`  it was in the baseline and does not pass: ${test}`)
  one.tests = [...passed]
}

const shortest = (className: string): string => className.slice(className.lastIndexOf('.') + 1)

async function main(): Promise<void> {
  const lookup = await apacheIntegrationTests()
  if (!lookup.ok) throw new Error(lookup.reason)
  const wanted = new Set(process.argv.slice(2))
  const isWanted = (part: Part, { name }: TestClass) =>
    [part, shortest(name), `${part}/${shortest(name)}`].some((one) => wanted.has(one)) || wanted.size === 0
  for (const part of [...partsOfOneBroker, ...partsOfSeveralBrokers]) {
    const classes = readBaseline(part)
    const queue = classes.filter((one) => isWanted(part, one))
    if (queue.length === 0) continue
    const cluster = { product: 'apache', several: isOfSeveralBrokers(part) } as const
    const run = await IntegrationRun.start(lookup.tool, cluster, slots)
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        await judge(run, next)
        writeFileSync(baselinePath(part), baselineText(classes))
      }
    }
    await Promise.all(Array.from({ length: slots }, work))
    const left = await run.close()
    if (left) console.log(`stack traces and logs of brokers of the tests that failed are in ${left}`)
  }
}

await main()
