import { Kafka, logLevel } from 'kafkajs'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { inPairs, produceOn, ratioOf, ratioOfSums } from '../in-pairs.ts'
import { startTarget, type Target, whileRunning } from '../targets.ts'
import { warmUp } from './produce.ts'

const ACLS = 10_000
const ACLS_A_REQUEST = 1_000
const [TOPIC, PREFIXED, LITERAL] = [2, 4, 3]
const [ALL, WRITE, ALLOW] = [2, 4, 3]

/** The price of ten thousand ACLs: a broker without an authorizer, and one that judges each produce by them, by turns. */
export const aclsCase: BenchCase = {
  name: 'security/acls',
  words: 'produce 1 KB: an authorizer with 10,000 ACLs, beside a broker without one',
  isQuick: false,
  products: ['samsa'],
  async run(_, bench) {
    const off = await startTarget('samsa')
    return whileRunning(off, async () => {
      const on = await startTarget('samsa', {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found': 'true',
      })
      return whileRunning(on, () => measure(off, on, bench))
    })
  },
}

async function measure(off: Target, on: Target, bench: Bench): Promise<Metrics> {
  await createAcls(on)
  await warmUp(off, bench)
  await warmUp(on, bench)
  const pairs = await inPairs(produceOn(off, bench), produceOn(on, bench))
  return { aclsRate: ratioOf(pairs, 'mbPerS'), aclsCpu: ratioOfSums(pairs, 'cpuSPerGb') }
}

/** One lets the load write; all others are of topics and users that nobody has. */
async function createAcls({ port }: Target): Promise<void> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const about = { resourceType: TOPIC, host: '*', permissionType: ALLOW }
  const acls = Array.from({ length: ACLS - 1 }, (_, index) => {
    const where = { resourceName: `orders-${index >> 1}`, resourcePatternType: index % 2 === 0 ? LITERAL : PREFIXED }
    return { ...about, ...where, principal: `User:user-${index % 97}`, operation: WRITE }
  })
  acls.push({
    ...about,
    resourceName: 'bench-',
    resourcePatternType: PREFIXED,
    principal: 'User:ANONYMOUS',
    operation: ALL,
  })
  for (let from = 0; from < acls.length; from += ACLS_A_REQUEST)
    await admin.createAcls({ acl: acls.slice(from, from + ACLS_A_REQUEST) })
  await admin.disconnect()
}
