const IS_QUICK = process.env.SAMSA_QUICK === '1'

/**
 * How often a test repeats itself with other seeds: `whole`, or a tenth of that in the inner loop (`make check`, which sets
 * SAMSA_QUICK=1). Stories that once found something are told either way.
 */
export const repetitions = (whole: number): number => (IS_QUICK ? Math.ceil(whole / 10) : whole)

/** Whether a test that goes through many like cases takes the one with this index: all of them, or each third in the inner loop. */
export const isTaken = (index: number): boolean => !IS_QUICK || index % 3 === 0
