/**
 * `make fuzz`: broken requests, seeded. Three parts, and the totals last.
 *
 * 1. codec: at least 1,000 mutants of every (API, version), half of them with an intact header, decoded in this process.
 *    Each is either decoded or refused with a `ProtocolError`, in little time and memory.
 * 2. judge: a sample is given to Apache's own parser; it must accept and reject the same (skipped without a JDK).
 * 3. broker: FRAMES mutants (1,000,000; with QUICK=1 60,000) against a running broker, which must go on answering
 *    within bounded memory.
 *
 * SEED chooses other mutants; the one in use is printed.
 */

import { attackBroker } from './fuzz/broker.ts'
import { frameOf, loadCorpus } from './fuzz/corpus.ts'
import { decodeRequest } from './fuzz/decode.ts'
import { apacheVerdicts } from './fuzz/judge.ts'
import type { Mutant } from './fuzz/mutant.ts'
import { mutate, seeded } from './fuzz/mutate.ts'

const FACTS = process.env.SAMSA_FACTS ?? '../shared/kafka-4.4'
const SEED = Number(process.env.SEED ?? 1)
const QUICK = process.env.QUICK === '1'
const MUTANTS_PER_VERSION = Number(process.env.MUTANTS ?? 1000)
const SAMPLE = Number(process.env.SAMPLE ?? 10_000)
const FRAMES = Number(process.env.FRAMES ?? (QUICK ? 60_000 : 1_000_000))
/** No frame here is larger than a few kilobytes; one that takes this long hangs. */
const SLOWEST_MS = 1000

/**
 * Requests whose class in Apache refuses, right after parsing, what only an authorizer can judge; samsa does that where
 * it handles them.
 */
const JUDGED_LATER = ['DescribeAcls', 'CreateAcls', 'DeleteAcls']

let passed = 0
let failed = 0
let skipped = 0

function note(good: boolean, what: string): void {
  if (good) passed++
  else failed++
  console.log(`  ${good ? 'ok  ' : 'FAIL'} ${what}`)
}

function makeMutants(corpus: ReturnType<typeof loadCorpus>, random: (below: number) => number): Mutant[] {
  const mutants: Mutant[] = []
  for (const [name, seeds] of corpus) {
    for (let i = 0; i < MUTANTS_PER_VERSION; i++) {
      const seed = seeds[random(seeds.length)]
      // Even ones reach the body behind an intact header; odd ones may be damaged anywhere.
      const frame =
        i % 2 === 0 ? frameOf(seed, mutate(seed.body, random), i) : mutate(frameOf(seed, seed.body, i), random)
      mutants.push({ name, frame, verdict: 'reject' })
    }
  }
  return mutants
}

/** Decodes every mutant, and keeps what became of it. */
function checkCodec(mutants: Mutant[]): void {
  let accepted = 0
  const problems: string[] = []
  for (const mutant of mutants) {
    const startedMs = performance.now()
    try {
      mutant.verdict = decodeRequest(mutant.frame)
    } catch (error) {
      problems.push(`${mutant.name} ${mutant.frame.toString('hex')}: ${error}`)
    }
    if (performance.now() - startedMs > SLOWEST_MS)
      problems.push(`${mutant.name} ${mutant.frame.toString('hex')}: slow`)
    if (mutant.verdict === 'accept') accepted++
  }
  for (const problem of problems.slice(0, 10)) console.log(`    ${problem}`)
  const share = ((100 * accepted) / mutants.length).toFixed(0)
  note(problems.length === 0, `codec: ${mutants.length} mutants, ${share}% accepted, ${problems.length} unexpected`)
}

async function checkJudge(mutants: readonly Mutant[], random: (below: number) => number): Promise<void> {
  const comparable = mutants.filter(({ name }) => !JUDGED_LATER.some((api) => name.startsWith(`${api} `)))
  const sample = Array.from({ length: SAMPLE }, () => comparable[random(comparable.length)])
  const verdicts = await apacheVerdicts(sample.map(({ frame }) => frame))
  if (verdicts === null) {
    skipped++
    console.log('skipped: comparing with Apache’s parser needs a JDK and Maven')
    return
  }
  // Whether a connection is closed for its header or for its body is the same to a client.
  const different = sample.filter(({ verdict }, at) => (verdict === 'accept') !== (verdicts[at].verdict === 'accept'))
  for (const one of different.slice(0, 10)) {
    const apache = verdicts[sample.indexOf(one)].text
    console.log(`    ${one.name} ${one.frame.toString('hex')}: ${one.verdict}, Apache: ${apache}`)
  }
  note(different.length === 0, `judge: ${sample.length} mutants, ${different.length} judged otherwise than by Apache`)
}

const random = seeded(SEED)
console.log(`seed ${SEED}`)
const corpus = loadCorpus(FACTS)
const mutants = makeMutants(corpus, random)
checkCodec(mutants)
await checkJudge(mutants, random)
for (const { good, text } of await attackBroker(mutants, FRAMES, random)) note(good, text)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed === 0 ? 0 : 1)
