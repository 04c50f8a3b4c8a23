import { readdir, readFile } from 'node:fs/promises'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import type * as V8 from 'node:v8'
import { loadModule } from '../../../protocol/records/native.ts'
import type { LoopDelay, Process } from '../process.ts'
import { descriptorLimit } from './descriptors.ts'

const NS_PER_SECOND = 1e9
const US_PER_SECOND = 1e6
const LOOP_DELAY_RESOLUTION_MS = 20

/** V8's own. */
const USUAL_GROWTH = 2

let isProfiling = false
/** How many ask for a small young generation now. */
let keepers = 0

export const nodeProcess: Process = {
  id: process.pid,
  startedMs: Date.now() - Math.round(process.uptime() * 1000),
  memory() {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
    return {
      residentBytes: rss,
      heapTotalBytes: heapTotal,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
    }
  },
  cpuSeconds() {
    const { user, system } = process.cpuUsage()
    return { user: user / US_PER_SECOND, system: system / US_PER_SECOND }
  },
  loopSeconds() {
    const { active, idle } = performance.eventLoopUtilization()
    return { active: active / 1000, idle: idle / 1000 }
  },
  async diskBytes() {
    const text = await readFile('/proc/self/io', 'latin1').catch(() => '')
    const [, read] = /^read_bytes: (\d+)/m.exec(text) ?? []
    const [, written] = /^write_bytes: (\d+)/m.exec(text) ?? []
    return read === undefined || written === undefined ? null : { read: Number(read), written: Number(written) }
  },
  openDescriptors: () =>
    readdir('/proc/self/fd').then(
      (names) => names.length,
      () => null,
    ),
  maxDescriptors: descriptorLimit,
  measureLoopDelay,
  keepYoungHeapSmall() {
    if (keepers++ === 0) growYoungHeapBy(1)
    return () => {
      if (--keepers === 0) growYoungHeapBy(USUAL_GROWTH)
    }
  },
  heapSnapshot() {
    const snapshot = import('node:v8').then(({ getHeapSnapshot }) => getHeapSnapshot())
    return Readable.toWeb(Readable.from(chunksOf(snapshot))) as ReadableStream<Uint8Array>
  },
  cpuProfile,
}

function growYoungHeapBy(factor: number): void {
  loadModule<typeof V8>('node:v8').setFlagsFromString(`--semi-space-growth-factor=${factor}`)
}

async function* chunksOf(stream: Promise<Readable>): AsyncGenerator<Buffer> {
  yield* await stream
}

function measureLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS })
  histogram.enable()
  // The histogram has the whole time between two looks; what is beyond the resolution is the delay.
  const seconds = (ns: number): number => Math.max(0, ns / NS_PER_SECOND - LOOP_DELAY_RESOLUTION_MS / 1000) || 0
  return {
    percentile: (percent) => seconds(histogram.percentile(percent)),
    get meanSeconds() {
      return seconds(histogram.mean)
    },
    get maxSeconds() {
      return seconds(histogram.max)
    },
    reset: () => histogram.reset(),
    stop: () => void histogram.disable(),
  }
}

async function cpuProfile(seconds: number): Promise<string> {
  if (isProfiling) throw new Error('A CPU profile is being made already: wait for its end.')
  isProfiling = true
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  try {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const { profile } = await session.post('Profiler.stop')
    return JSON.stringify(profile)
  } finally {
    session.disconnect()
    isProfiling = false
  }
}
