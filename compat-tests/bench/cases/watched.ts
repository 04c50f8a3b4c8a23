import { setTimeout as delay } from 'node:timers/promises'
import { freePorts } from '../../support/broker.ts'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { inPairs, type Pair, produceOn, ratioOf, ratioOfSums } from '../in-pairs.ts'
import { median } from '../load/statistics.ts'
import { startTarget, type Target, whileRunning } from '../targets.ts'
import { warmUp } from './produce.ts'

/**
 * Two processes of the same program differ in throughput by three percent for as long as they live, which is more than
 * watching costs: several of each take their turns. The first pairs of each are not counted: whoever was asked for metrics
 * compiles for longer than whoever was not.
 */
const STARTS = 4
const WARMING_PAIRS = 10
const PAIRS_EACH = 10
/** Three times as often as Prometheus usually comes. */
const SCRAPE_MS = 5_000

/** Something that watches a broker, until it is closed: that fails where it has seen nothing. */
interface Watching {
  close(): Promise<void>
}

export const watchedCases: readonly BenchCase[] = [
  {
    name: 'watched/metrics',
    words: 'produce 1 KB: /metrics read every five seconds, beside a broker without HTTP',
    isQuick: false,
    products: ['samsa'],
    async run(_, bench) {
      const pairs: Pair[] = []
      for (let start = 0; start < STARTS; start++) pairs.push(...(await scrapedBesideNot(bench)))
      const unwatched = pairs.map(({ off }) => off)
      return figures(pairs, unwatched)
    },
  },
  {
    name: 'watched/page',
    words: 'produce 1 KB: the page open, and closed, by turns on one broker',
    isQuick: false,
    products: ['samsa'],
    async run(_, bench) {
      const url = await freeUrl()
      const target = await startTarget('samsa', { 'samsa.http.listeners': url })
      return whileRunning(target, () => openAndClosed(target, url, bench))
    },
  },
]

async function scrapedBesideNot(bench: Bench): Promise<readonly Pair[]> {
  const url = await freeUrl()
  const off = await startTarget('samsa', { 'samsa.http.listeners': '' })
  return whileRunning(off, async () => {
    const on = await startTarget('samsa', { 'samsa.http.listeners': url })
    return whileRunning(on, async () => {
      await warmUp(off, bench)
      const watching = await scrape(url)
      try {
        await warmUp(on, bench)
        const pairs = await inPairs(produceOn(off, bench), produceOn(on, bench), WARMING_PAIRS + PAIRS_EACH)
        return pairs.slice(WARMING_PAIRS)
      } finally {
        await watching.close()
      }
    })
  })
}

/** The memory of the page is that of a broker beside itself before anybody has opened it: parts of it stay. */
async function openAndClosed(target: Target, url: string, bench: Bench): Promise<Metrics> {
  const closed = produceOn(target, bench)
  const open = async () => {
    const watching = await openPage(url)
    try {
      return await closed()
    } finally {
      await watching.close()
    }
  }
  await warmUp(target, bench)
  const before = [await closed(), await closed(), await closed()]
  await open()
  return figures(await inPairs(closed, open), before)
}

/** `unwatched`: what the memory is compared with. */
const figures = (pairs: readonly Pair[], unwatched: readonly Metrics[]): Metrics => {
  const watched = pairs.map(({ on }) => on)
  const peak = (all: readonly Metrics[]) => median(all.map(({ peakMb }) => peakMb))
  return {
    watchedRate: ratioOf(pairs, 'mbPerS'),
    watchedCpu: ratioOfSums(pairs, 'cpuSPerGb'),
    watchedMb: peak(watched) - peak(unwatched),
  }
}

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
