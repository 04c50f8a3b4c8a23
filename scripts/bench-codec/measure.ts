import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

export interface Measurement {
  /** Best of several rounds: what the code costs when nothing else disturbs it. */
  readonly nsPerOp: number
  /** Bytes of heap taken, without what external buffers hold. */
  readonly heapBytesPerOp: number
}

const ROUNDS = 9
const ROUND_MS = 60
const WARM_UP_MS = 250
const HEAP_SAMPLE_BYTES = 256 * 1024

/** So that the optimizer cannot drop work whose result nobody uses. */
export const sink: { value: unknown } = { value: undefined }

/** Measures two ways to do one thing in alternating rounds, so that a change of the machine's mood touches both. */
export function measurePair(first: () => unknown, second: () => unknown): [Measurement, Measurement] {
  const operations = [first, second]
  const batch = operations.map((operation) => warmUp(operation))
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    operations.forEach((operation, i) => {
      const start = performance.now()
      for (let n = 0; n < batch[i]; n++) sink.value = operation()
      best[i] = Math.min(best[i], ((performance.now() - start) * 1e6) / batch[i])
    })
  }
  return [
    { nsPerOp: best[0], heapBytesPerOp: heapBytes(first) },
    { nsPerOp: best[1], heapBytesPerOp: heapBytes(second) },
  ]
}

/** Runs it until it is optimized; returns how many operations make a round. */
function warmUp(operation: () => unknown): number {
  const start = performance.now()
  let operations = 0
  while (performance.now() - start < WARM_UP_MS) {
    sink.value = operation()
    operations++
  }
  return Math.max(1, Math.ceil((operations * ROUND_MS) / WARM_UP_MS))
}

/** The median growth of the heap, over so few operations that no collection comes between. */
function heapBytes(operation: () => unknown): number {
  const estimate = heapGrowth(operation, 1)
  const operations = Math.max(1, Math.min(256, Math.floor(HEAP_SAMPLE_BYTES / Math.max(1, estimate))))
  const growths = Array.from({ length: ROUNDS }, () => heapGrowth(operation, operations))
  return Math.max(0, Math.round(growths.sort((a, b) => a - b)[ROUNDS >> 1] / operations))
}

function heapGrowth(operation: () => unknown, operations: number): number {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < operations; n++) sink.value = operation()
  return process.memoryUsage().heapUsed - before
}
