import { median } from '../load/statistics.ts'
import type { Cost, Rise } from './bends.ts'
import { rises } from './bends.ts'
import type { Curve } from './curve.ts'
import type { Broker, Finding } from './turns.ts'

/** One point of a curve, both products side by side. */
export interface Point {
  readonly count: number
  /** Absent where a product was not measured: `reasons` tell why. */
  readonly costs: Partial<Record<Broker, Median>>
  readonly reasons: Partial<Record<Broker, string>>
}

interface Median {
  readonly us: number
  readonly least: number
  readonly most: number
  readonly work: number
}

export interface Judged {
  readonly curve: Curve
  readonly points: readonly Point[]
  readonly rises: readonly Rise[]
}

export function judgeCurve(curve: Curve, findings: readonly Finding[]): Judged {
  const own = findings.filter((one) => one.curve === curve.name)
  const counts = [...new Set(own.map(({ count }) => count))].sort((a, b) => a - b)
  const points = counts.map((count): Point => {
    const costs: Partial<Record<Broker, Median>> = {}
    const reasons: Partial<Record<Broker, string>> = {}
    for (const { product, turns, absent } of own.filter((one) => one.count === count)) {
      if (absent !== undefined) reasons[product] = absent
      else
        costs[product] = middle(
          turns.map(({ us }) => us),
          turns[0].work,
        )
    }
    return { count, costs, reasons }
  })
  const costsOf = (product: Broker): Cost[] =>
    points.flatMap(({ count, costs }) => (costs[product] ? [{ at: count, us: costs[product].us }] : []))
  return { curve, points, rises: rises(costsOf('samsa'), costsOf('apache')) }
}

const middle = (all: readonly number[], work: number): Median => {
  return { us: median(all), least: Math.min(...all), most: Math.max(...all), work }
}

/** One sentence that says whether samsa's cost grows where Apache's does not. */
export function verdict({ curve, rises: all, points }: Judged): string {
  const bends = all.filter(({ isBend }) => isBend)
  const times = (value: number): string => `${value.toFixed(2)}×`
  const said = ({ from, to, times: rise, reference }: Rise): string =>
    `${times(rise)} from ${say(from)} to ${say(to)} ${curve.axis} (Apache Kafka ${times(reference)})`
  if (all.length === 0) return 'There are not two points that both products have: nothing can be said of a bend.'
  const missing = points.filter(({ costs }) => !costs.samsa || !costs.apache).map(({ count }) => say(count))
  const but = missing.length === 0 ? '' : `; ${missing.join(' and ')} could not be judged`
  if (bends.length > 0) return `samsa's cost BENDS UPWARD where Apache's does not: ${bends.map(said).join(', ')}${but}.`
  const steepest = all.reduce((most, one) => (one.times > most.times ? one : most))
  const how = steepest.times > 1 ? `its steepest rise is ${said(steepest)}` : 'it falls from each point to the next'
  return `samsa's cost bends upward nowhere where Apache's does not: ${how}${but}.`
}

export const say = (count: number): string => count.toLocaleString('en-US')
