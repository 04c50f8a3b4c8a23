import type { WorkResult } from '../load/fixed-work.ts'
import { LoadGenerator } from '../load/generator.ts'
import { startTarget, type Target } from '../targets.ts'
import type { Curve, Scale, Site } from './curve.ts'
import { machineLimits, outOfReach } from './limits.ts'

export const products = ['samsa', 'apache'] as const
export type Broker = (typeof products)[number]

/** All that was found of one product at one point: its turns, or the reason why there are none. */
export interface Finding {
  curve: string
  product: Broker
  count: number
  turns: WorkResult[]
  absent?: string
}

/** Both products are warm before the first turn that counts: compilers have seen the hot path, and what is lazy is there. */
const WARM_UP_TURNS = 3

export type Progress = (text: string) => void

/** Both brokers run all the time, on fresh data; at each point they take turns, and who is first alternates. */
export async function runCurve(
  curve: Curve,
  counts: readonly number[],
  scale: Scale,
  progress: Progress,
): Promise<Finding[]> {
  const sides = [await Side.start('samsa', curve, scale), await Side.start('apache', curve, scale)]
  try {
    for (const [index, count] of counts.entries()) {
      for (const side of sides) await side.begin(count)
      if (index === 0) for (const side of sides) await side.warmUp()
      for (let turn = 0; turn < scale.turns; turn++) {
        const order = (index + turn) % 2 === 0 ? sides : sides.toReversed()
        for (const side of order) await side.turn()
      }
      // The last one goes with its broker.
      if (count !== counts.at(-1)) for (const side of sides) await side.end()
      for (const { current } of sides) progress(`${curve.name} ${count}  ${said(current)}`)
    }
    return sides.flatMap(({ findings }) => findings)
  } finally {
    for (const side of sides) await side.dispose()
  }
}

function said({ product, turns, absent }: Finding): string {
  return `${product.padEnd(6)}  ${absent ?? turns.map(({ us }) => `${us.toPrecision(3)} µs`).join('  ')}`
}

/** One product with a curve to go along, and a generator of its own: where a job of it fails, the other goes on. */
class Side {
  readonly findings: Finding[] = []
  private readonly target: Target
  private readonly load = new LoadGenerator()
  private readonly curve: Curve
  private readonly scale: Scale
  private readonly limits = machineLimits()
  private failure: string | null = null

  static async start(product: Broker, curve: Curve, scale: Scale): Promise<Side> {
    return new Side(await startTarget(product), curve, scale)
  }

  private constructor(target: Target, curve: Curve, scale: Scale) {
    this.target = target
    this.curve = curve
    this.scale = scale
  }

  get current(): Finding {
    return this.findings.at(-1)!
  }

  /** Turns that do not count. */
  warmUp(): Promise<void> {
    return this.attempt(async (site) => {
      for (let turn = 0; turn < WARM_UP_TURNS; turn++) await this.curve.turn(site)
    })
  }

  async begin(count: number): Promise<void> {
    const { curve, target, limits } = this
    const absent = this.failure ?? outOfReach(curve.needs(count), limits) ?? undefined
    this.findings.push({ curve: curve.name, product: target.product as Broker, count, turns: [], absent })
    await this.attempt((site) => curve.prepare(site))
  }

  turn(): Promise<void> {
    return this.attempt(async (site) => void this.current.turns.push(await this.curve.turn(site)))
  }

  end(): Promise<void> {
    return this.attempt((site) => this.curve.remove(site))
  }

  async dispose(): Promise<void> {
    if (this.failure === null) this.load.stop()
    await this.target.dispose()
  }

  /** Work that fails takes the product out of the rest of the curve, with the reason at every point that it lacks. */
  private async attempt(work: (site: Site) => Promise<void>): Promise<void> {
    const { target, load, scale, current } = this
    if (current.absent !== undefined) return
    try {
      await work({ target, load, scale, count: current.count })
    } catch (error) {
      this.failure = `it failed at ${current.count}: ${(error as Error).message}`
      // A point whose turns are all done lacks nothing, though it could not be cleared away.
      if (current.turns.length < scale.turns) current.absent = this.failure
      console.error(`The log of ${target.product} ends with\n${await target.logTail()}`)
    }
  }
}
