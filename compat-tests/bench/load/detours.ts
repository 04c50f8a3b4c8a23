import { Connection } from './connection.ts'
import { prepareBatch } from './payload.ts'
import { checkProduced, produceFrame } from './produce.ts'
import { latency } from './statistics.ts'

export interface DetoursJob {
  topic: string
  recordBytes: number
  /** The broker's own. */
  port: number
  proxyPort: number
  relayPort: number
  warmUpSeconds: number
  seconds: number
}

/** Milliseconds at the median: the way without a detour, and what each detour adds to it. */
export interface Detours {
  p50Ms: number
  proxyAddsMs: number
  relayAddsMs: number
}

/** Produces one record after another, each of the three ways in its turn, so that what disturbs one of them disturbs all. */
export async function detours(job: DetoursJob): Promise<Detours> {
  const { bytes } = prepareBatch({ recordBytes: job.recordBytes, batchBytes: 1 })
  const frame = produceFrame(job.topic, 1, [0], bytes)
  const ways = await Promise.all([job.port, job.proxyPort, job.relayPort].map((port) => Connection.open(port)))
  await takeTurns(ways, frame, job.warmUpSeconds)
  const [direct, proxy, relay] = await takeTurns(ways, frame, job.seconds)
  for (const way of ways) way.close()
  return { p50Ms: direct, proxyAddsMs: proxy - direct, relayAddsMs: relay - direct }
}

/** The median of each way. */
async function takeTurns(ways: readonly Connection[], frame: Buffer, seconds: number): Promise<number[]> {
  const samplesMs = ways.map((): number[] => [])
  const endAtMs = performance.now() + seconds * 1_000
  while (performance.now() < endAtMs) {
    for (const [index, way] of ways.entries()) samplesMs[index].push(await roundTripMs(way, frame))
  }
  return samplesMs.map((each) => latency(each).p50Ms)
}

function roundTripMs(way: Connection, frame: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const sentAtMs = performance.now()
    way.send(frame, (answer) => {
      const tookMs = performance.now() - sentAtMs
      checkProduced(answer, () => resolve(tookMs))
    })
  })
}
