/**
 * How often a test repeats itself with other seeds: `whole`, or a tenth of that in the inner loop (`make check`, which sets
 * SAMSA_QUICK=1). Stories that once found something are told either way.
 */
export const repetitions = (whole: number): number => (process.env.SAMSA_QUICK === '1' ? Math.ceil(whole / 10) : whole)
