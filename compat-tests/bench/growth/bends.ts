/** The cost of a unit of work at one point of a curve. */
export interface Cost {
  readonly at: number
  readonly us: number
}

/** A point, and the cheapest one to its left. */
export interface Rise {
  readonly from: number
  readonly to: number
  /** The cost at `to` as a multiple of that at `from`. */
  readonly times: number
  /** The same of the reference, at the same places. */
  readonly reference: number
  readonly isBend: boolean
}

/** A cost that is higher by less than this is not said to have grown. */
export const TOLERATED = 1.25

/**
 * The rise of a curve at each point from the cheapest one to its left, in the order of the points. It bends upward there
 * where the reference does not if it rises by more than a quarter and the reference, at the same places, does not, or by a
 * quarter less than the curve. Points that one of the two does not have are left out.
 */
export function rises(curve: readonly Cost[], reference: readonly Cost[]): Rise[] {
  const costs = curve.flatMap(({ at, us }) => {
    const other = reference.find((one) => one.at === at)
    return other === undefined ? [] : [{ at, us, otherUs: other.us }]
  })
  costs.sort((a, b) => a.at - b.at)
  const found: Rise[] = []
  let [cheapest, ...rest] = costs
  for (const cost of rest) {
    const times = cost.us / cheapest.us
    const ofReference = cost.otherUs / cheapest.otherUs
    const isAlone = ofReference <= TOLERATED || times > ofReference * TOLERATED
    found.push({ from: cheapest.at, to: cost.at, times, reference: ofReference, isBend: times > TOLERATED && isAlone })
    if (cost.us < cheapest.us) cheapest = cost
  }
  return found
}
