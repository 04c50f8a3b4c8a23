/**
 * Loaded into the broker before its own code: SIGUSR2 begins to look for pauses of the event loop, the next one ends it
 * and writes them to the file that PAUSES_OUTPUT names. A timer is due every millisecond; the time by which a tick is
 * late is a pause, too short by the millisecond at most in which it began. The kernel's account of the main thread says
 * how much of it the thread ran and how much it waited for a core that others had.
 */
import { closeSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const TICK_MS = 1
/** Lower ends of the histogram's bins; the last one is open. */
const BINS_MS = [1, 2, 5, 10, 20, 50, 100]
const TOLD_FROM_MS = 10
/** So many pauses are told one by one for each part, those that have most of it. */
const MOST_TOLD = 20
/** Collections that are kept to be found in a pause that is told later, and pauses for the other way round. */
const LATEST_KEPT = 64

const zeros = () => BINS_MS.map(() => 0)
const collections = []
let begunAtMs = -1
let ticks = 0
/** Pauses by their length, by the part of them in which the thread ran, and by that in which it slept. */
const all = zeros()
const own = zeros()
const blocked = zeros()
let longest = { ms: 0, ranMs: 0, blockedMs: 0 }
/** The pauses that have most of each part, and the latest of all: a collection may yet be told that was in them. */
const most = { ms: [], ranMs: [], blockedMs: [] }
const latest = []

let accountFile = -1
/** The account as text, of this tick and of the one before: it is only parsed when a tick is late. */
let account = Buffer.alloc(96)
let accountBefore = Buffer.alloc(96)
let tickedAtMs = 0

/** Run time is brought up to now by `cpuUsage`; else it would be that of the scheduler's last tick, up to 4 ms ago. */
function readAccount(into) {
  process.cpuUsage()
  into[readSync(accountFile, into, 0, into.length - 1, 0)] = 0
}

/** Milliseconds that the thread has run and waited for a core. */
function parseAccount(text) {
  const [ran, waited] = text.latin1Slice(0, text.indexOf(0)).split(' ')
  return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 }
}

function count(bins, ms) {
  let bin = BINS_MS.length - 1
  while (bin >= 0 && ms < BINS_MS[bin]) bin--
  if (bin >= 0) bins[bin]++
}

function tick() {
  const nowMs = performance.now()
  readAccount(account)
  const lateMs = nowMs - tickedAtMs - TICK_MS
  if (lateMs >= BINS_MS[0]) late(lateMs, nowMs)
  const swapped = accountBefore
  accountBefore = account
  account = swapped
  tickedAtMs = nowMs
  ticks++
}

function late(ms, nowMs) {
  const before = parseAccount(accountBefore)
  const now = parseAccount(account)
  const ranMs = Math.min(ms, now.ranMs - before.ranMs)
  const waitedMs = Math.min(ms - ranMs, now.waitedMs - before.waitedMs)
  const blockedMs = Math.max(0, ms - ranMs - waitedMs)
  count(all, ms)
  count(own, ranMs)
  count(blocked, blockedMs)
  if (ms > longest.ms) longest = { ...longest, ms }
  if (ranMs > longest.ranMs) longest = { ...longest, ranMs }
  if (blockedMs > longest.blockedMs) longest = { ...longest, blockedMs }
  if (ms < TOLD_FROM_MS) return
  const fromMs = nowMs - ms
  const collectedMs = collections.reduce((sum, one) => sum + overlap(one, fromMs, nowMs), 0)
  const pause = { fromMs, atS: (fromMs - begunAtMs) / 1_000, ms, ranMs, waitedMs, blockedMs, collectedMs }
  latest.push(pause)
  if (latest.length > LATEST_KEPT) latest.shift()
  for (const [by, kept] of Object.entries(most)) {
    kept.push(pause)
    kept.sort((one, other) => other[by] - one[by])
    if (kept.length > MOST_TOLD) kept.pop()
  }
}

const overlap = ({ startTime, duration }, fromMs, toMs) =>
  Math.max(0, Math.min(toMs, startTime + duration) - Math.max(fromMs, startTime))

/** A collection is told before the tick that it delayed or behind it. */
function collected(entry) {
  for (const pause of latest) {
    pause.collectedMs += overlap(entry, pause.fromMs, pause.fromMs + pause.ms)
  }
  collections.push(entry)
  if (collections.length > LATEST_KEPT) collections.shift()
}

function begin() {
  accountFile = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  new PerformanceObserver((list) => list.getEntries().forEach(collected)).observe({ entryTypes: ['gc'] })
  begunAtMs = tickedAtMs = performance.now()
  readAccount(accountBefore)
  return setInterval(tick, TICK_MS)
}

function end(timer) {
  clearInterval(timer)
  closeSync(accountFile)
  const seconds = (performance.now() - begunAtMs) / 1_000
  const output = process.env.PAUSES_OUTPUT
  const told = [...new Set(Object.values(most).flat())].sort((one, other) => other.ranMs - one.ranMs)
  // Under another name first: who waits for this file finds it whole.
  writeFileSync(`${output}.part`, JSON.stringify({ seconds, ticks, binsMs: BINS_MS, all, own, blocked, longest, told }))
  renameSync(`${output}.part`, output)
}

if (isMainThread) {
  let timer = null
  process.on('SIGUSR2', () => {
    if (timer === null) timer = begin()
    else end(timer)
  })
}
