import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from '../../support/broker.ts'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { inPairs, type Pair, ratioOf } from '../in-pairs.ts'
import { median } from '../load/statistics.ts'
import { startTarget, whileRunning } from '../targets.ts'
import { warmUp } from './produce.ts'

/** Three times as often as Prometheus usually comes. */
const SCRAPE_MS = 5_000

/** Begins to watch a broker over its HTTP. */
type Watch = (url: string) => Promise<Watching>

interface Watching {
  /** Ends it; fails where it has seen nothing. */
  close(): Promise<void>
}

/** By turns in the same run: without HTTP and counted; with the page closed and open. Each broker is first as often as the other. */
export const watchedCases: readonly BenchCase[] = [
  {
    name: 'watched/metrics',
    words: 'produce 1 KB: /metrics read every five seconds, beside a broker without HTTP',
    isQuick: false,
    products: ['samsa'],
    run: (_, bench) => besideUnwatched('', scrape, bench),
  },
  {
    name: 'watched/page',
    words: 'produce 1 KB: the page open, beside a broker whose page is closed',
    isQuick: false,
    products: ['samsa'],
    run: async (_, bench) => besideUnwatched(await freeUrl(), openPage, bench),
  },
]

/** `listener`: the HTTP of the broker that nobody watches; '': it has none. */
async function besideUnwatched(listener: string, watch: Watch, bench: Bench): Promise<Metrics> {
  const url = await freeUrl()
  const off = await startTarget('samsa', { 'samsa.http.listeners': listener })
  return whileRunning(off, async () => {
    const on = await startTarget('samsa', { 'samsa.http.listeners': url })
    return whileRunning(on, async () => {
      await warmUp(off, bench)
      const watching = await watch(url)
      try {
        await warmUp(on, bench)
        return figures(await inPairs(off, on, bench))
      } finally {
        await watching.close()
      }
    })
  })
}

const figures = (pairs: readonly Pair[]): Metrics => ({
  watchedRate: ratioOf(pairs, 'mbPerS'),
  watchedCpu: ratioOf(pairs, 'cpuSPerGb'),
  watchedMb: median(pairs.map((pair) => pair.on.peakMb)) - median(pairs.map((pair) => pair.off.peakMb)),
})

async function freeUrl(): Promise<string> {
  const [port] = await freePorts(1)
  return `http://127.0.0.1:${port}`
}

async function scrape(url: string): Promise<Watching> {
  const closing = new AbortController()
  let scrapes = 0
  const scraping = (async () => {
    while (!closing.signal.aborted) {
      const response = await fetch(`${url}/metrics`)
      if (response.status !== 200) throw new Error(`/metrics answers ${response.status}`)
      await response.text()
      scrapes++
      await delay(SCRAPE_MS, undefined, { signal: closing.signal }).catch(() => {})
    }
  })()
  return {
    async close() {
      closing.abort()
      await scraping
      if (scrapes === 0) throw new Error('/metrics was not read once')
    },
  }
}

/** The live figures of the overview: a stream of events, with one each second. */
async function openPage(url: string): Promise<Watching> {
  const closing = new AbortController()
  const response = await fetch(`${url}/page/api/live`, { signal: closing.signal })
  if (response.status !== 200 || response.body === null)
    throw new Error(`the page has no live figures: ${response.status}`)
  const { body } = response
  let events = 0
  const reading = (async () => {
    for await (const _ of body) events++
  })().catch(() => {
    // The reading ends with the page.
  })
  return {
    async close() {
      closing.abort()
      await reading
      if (events === 0) throw new Error('the open page heard nothing')
    },
  }
}
