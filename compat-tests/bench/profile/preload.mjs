/**
 * Loaded into the broker before its own code: SIGUSR2 begins to sample CPU and allocations, the next one ends it and
 * writes both to the files that PROFILE_OUTPUT names without their extensions. So start-up is not in the picture.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { isMainThread } from 'node:worker_threads'

const SAMPLING_INTERVAL_US = 500
const HEAP_SAMPLING_BYTES = 32_768

const session = new Session()
let isSampling = false

async function begin() {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US })
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_SAMPLING_BYTES,
    // Garbage is what allocations on a hot path become.
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  await session.post('Profiler.start')
}

async function end() {
  const output = process.env.PROFILE_OUTPUT
  const cpu = await session.post('Profiler.stop')
  const heap = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  writeFileSync(`${output}.cpuprofile`, JSON.stringify(cpu.profile))
  // Last, and under another name first: who waits for this file finds both whole.
  writeFileSync(`${output}.heapprofile.part`, JSON.stringify(heap.profile))
  renameSync(`${output}.heapprofile.part`, `${output}.heapprofile`)
}

if (isMainThread) {
  process.on('SIGUSR2', () => {
    void (isSampling ? end() : begin())
    isSampling = !isSampling
  })
}
