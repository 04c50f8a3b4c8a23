import type { BrokerProcess } from '../support/broker.ts'
import { Comparison, type Difference } from './compare.ts'
import type { Scenario } from './scenario.ts'
import { type Exchange, type Reach, Session } from './session.ts'

export interface DiffResult {
  differences: Difference[]
  /** Requests that were compared, by `API vN`. */
  requests: Map<string, number>
  /** Scenarios that did not come to their end on one of the brokers. */
  broken: string[]
}

export interface DiffBroker {
  broker: BrokerProcess
  /** Absent: nobody logs in. */
  reach?: Reach
  /** The ports of further listeners. */
  ports?: readonly number[]
}

/** Runs the scenarios one after the other, each against both brokers at once, and compares their transcripts. */
export async function runScenarios(
  brokers: { apache: DiffBroker; samsa: DiffBroker },
  scenarios: readonly Scenario[],
  progress: (text: string) => void,
): Promise<DiffResult> {
  const comparison = new Comparison(sideOf(brokers.apache), sideOf(brokers.samsa))
  const result: DiffResult = { differences: [], requests: new Map(), broken: [] }
  for (const scenario of scenarios) {
    const startedAtMs = performance.now()
    const [apache, samsa] = await Promise.all([
      play(scenario, brokers.apache, result.broken),
      play(scenario, brokers.samsa, result.broken),
    ])
    comparison.bind(apache, samsa)
    const [asked, count] = [apache.transcript, samsa.transcript.length]
    const found = compareTranscripts(comparison, asked, samsa.transcript, result)
    if (asked.length !== count) {
      result.broken.push(`${scenario.name}: ${asked.length} requests to apache, ${count} to samsa`)
    }
    for (const difference of found) result.differences.push(difference)
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
    progress(`${scenario.name}: ${asked.length} requests, ${found.length} differences, ${seconds} s`)
  }
  return result
}

const sideOf = ({ broker, ports = [] }: DiffBroker) => ({
  ports: [broker.port, ...ports],
  dataDirectory: broker.dataDirectory,
})

async function play(scenario: Scenario, { broker, reach }: DiffBroker, broken: string[]): Promise<Session> {
  const session = new Session(broker, scenario.name, reach)
  try {
    await scenario.run(session)
    await session.learnTopicIds()
  } catch (error) {
    broken.push(`${scenario.name} on ${broker.product}: ${(error as Error).message}`)
  } finally {
    session.close()
  }
  return session
}

function compareTranscripts(
  comparison: Comparison,
  apache: readonly Exchange[],
  samsa: readonly Exchange[],
  { requests }: DiffResult,
): Difference[] {
  return apache.slice(0, samsa.length).flatMap((exchange, index) => {
    const name = `${exchange.api.name} v${exchange.version}`
    requests.set(name, (requests.get(name) ?? 0) + 1)
    return comparison.exchanges(exchange, samsa[index])
  })
}
