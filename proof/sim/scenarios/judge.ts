/** The judge of a scenario: a client that nothing happens to, who reads everything in the end. */
import { SimClient } from '../client.ts'
import { withoutUnhandled } from '../unhandled.ts'
import type { SimNode, World } from '../world.ts'
import { readAll } from './fetch.ts'
import type { History } from './history.ts'
import { ADDRESS, type TormentedBroker } from './tormented-broker.ts'

export class Judge {
  readonly #world: World
  readonly #node: SimNode

  constructor(world: World) {
    this.#world = world
    this.#node = world.spawn('judge', () => {})
  }

  client(): SimClient {
    return new SimClient(this.#node.process.environment, 'judge', ADDRESS)
  }

  /** Reads every partition of the topic from its start, and judges it by the history; their ends, by name. */
  async judgeLogs(history: History, topic: string, partitions: number, limitMs: number): Promise<Map<string, number>> {
    const ends = new Map<string, number>()
    for (let partition = 0; partition < partitions; partition++) {
      const name = `${topic}-${partition}`
      const all = readAll(this.client(), topic, partition)
      const records = await this.#world.settle(all, `all of ${name}`, limitMs)
      history.judgeLog(name, records)
      ends.set(name, records.length)
    }
    return ends
  }
}

interface Judged {
  readonly world: World
  readonly history: History
  readonly broker: TormentedBroker
  run(): Promise<void>
}

/** Runs a scenario that has a history. Throws, with the seed and the story, when it has violations or does not end well. */
export async function runJudged(scenario: Judged): Promise<void> {
  const { world, history, broker } = scenario
  const failure = (cause?: unknown) => {
    const list = history.violations.slice(0, 10).join('\n  ')
    return new Error(`seed ${world.seed} (${broker.crashMode}), trace ${world.trace.hash}:\n  ${list}`, { cause })
  }
  await withoutUnhandled(world, () => scenario.run()).catch((error) => {
    throw history.violations.length === 0 ? error : failure(error)
  })
  if (history.violations.length > 0) throw failure()
}
