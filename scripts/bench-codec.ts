/**
 * The cost of the compiled codec beside hand-written code for the same bytes: time and heap for one message, as ratios
 * measured in one run. `node --import=tsx scripts/bench-codec.ts [--json]`.
 */
import { cases } from './bench-codec/cases.ts'
import { type Measurement, measurePair } from './bench-codec/measure.ts'

interface Row {
  readonly name: string
  readonly compiled: Measurement
  readonly byHand: Measurement
  /** Below 1: the compiled code is faster, or takes less. */
  readonly timeRatio: number
  readonly heapRatio: number
}

const rows: Row[] = cases().map(({ name, compiled, byHand }) => {
  const [first, second] = measurePair(compiled, byHand)
  const timeRatio = first.nsPerOp / second.nsPerOp
  const heapRatio = first.heapBytesPerOp / Math.max(1, second.heapBytesPerOp)
  return { name, compiled: first, byHand: second, timeRatio, heapRatio }
})

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(rows, null, 2))
} else {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const cell = (value: number, digits = 0): string => value.toFixed(digits).padStart(9)
  console.log(`${''.padEnd(width)}        ns/op: compiled, by hand, ratio    heap bytes/op: compiled, by hand, ratio`)
  for (const { name, compiled, byHand, timeRatio, heapRatio } of rows) {
    const time = `${cell(compiled.nsPerOp)} ${cell(byHand.nsPerOp)} ${cell(timeRatio, 2)}`
    const heap = `${cell(compiled.heapBytesPerOp)} ${cell(byHand.heapBytesPerOp)} ${cell(heapRatio, 2)}`
    console.log(`${name.padEnd(width)}  ${time}    ${heap}`)
  }
}
