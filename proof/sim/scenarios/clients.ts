import type { Environment } from '../../../src/env/index.ts'
import type { SimNode, World } from '../world.ts'

/** The work of one life of a client; `life`: how many there have been, this one among them. */
type Work = (environment: Environment, life: number) => Promise<void>

/** The clients of a scenario. Each is killed and started again, and so has several lives. */
export class Clients {
  readonly nodes: SimNode[] = []
  readonly #world: World
  #working = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Whether all whose work has an end have come to it. */
  get areDone(): boolean {
    return this.#working === 0
  }

  /** A client that goes on until the scenario is over. */
  spawn(name: string, work: Work): void {
    const node: SimNode = this.#world.spawn(name, (environment) => work(environment, node.starts))
    this.nodes.push(node)
  }

  /** A client whose work has an end. */
  spawnWorker(name: string, work: Work): void {
    let isWorking = false
    this.spawn(name, async (environment, life) => {
      if (!isWorking) this.#working++
      isWorking = true
      await work(environment, life)
      this.#working--
      isWorking = false
    })
  }
}
