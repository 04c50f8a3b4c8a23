import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from '../../support/broker.ts'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { inPairs, ratioOf } from '../in-pairs.ts'
import { median } from '../load/statistics.ts'
import { startTarget, type Target, whileRunning } from '../targets.ts'
import { warmUp } from './produce.ts'

/** Ten to thirty times as often as Prometheus usually comes. */
const SCRAPE_MS = 1_000

/**
 * The price of being watched: a broker without HTTP, which counts nothing for others, and one whose `/metrics` is read every
 * second while its page is open, by turns in the same run. Each is first as often as the other.
 */
export const watchedCase: BenchCase = {
  name: 'watched/produce',
  words: 'produce 1 KB: /metrics read every second and the page open, beside a broker without HTTP',
  isQuick: false,
  products: ['samsa'],
  async run(_, bench) {
    const [port] = await freePorts(1)
    const url = `http://127.0.0.1:${port}`
    const off = await startTarget('samsa', { 'samsa.http.listeners': '' })
    return whileRunning(off, async () => {
      const on = await startTarget('samsa', { 'samsa.http.listeners': url })
      return whileRunning(on, () => measure(off, on, url, bench))
    })
  },
}

async function measure(off: Target, on: Target, url: string, bench: Bench): Promise<Metrics> {
  await warmUp(off, bench)
  return whileWatched(url, async () => {
    await warmUp(on, bench)
    const pairs = await inPairs(off, on, bench)
    return {
      watchedRate: ratioOf(pairs, 'mbPerS'),
      watchedCpu: ratioOf(pairs, 'cpuSPerGb'),
      watchedMb: median(pairs.map((pair) => pair.on.peakMb)) - median(pairs.map((pair) => pair.off.peakMb)),
    }
  })
}

/** `/metrics` is read every second, and what an open page listens to is taken in. */
async function whileWatched<T>(url: string, work: () => Promise<T>): Promise<T> {
  const page = await openPage(url)
  let isOver = false
  const scraping = (async () => {
    while (!isOver) {
      await (await fetch(`${url}/metrics`)).text()
      await delay(SCRAPE_MS)
    }
  })()
  try {
    return await work()
  } finally {
    isOver = true
    await scraping
    await page.close()
  }
}

/** The live figures of the overview: a stream of events, with one each second. */
async function openPage(url: string): Promise<{ close(): Promise<void> }> {
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
