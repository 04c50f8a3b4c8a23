import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Visit } from './browser.ts'
import type { Visiting } from './visiting.ts'

const TOPICS = 10_000
const LOT = 250
const RECORDS = 100_000
/** Rows that are in the document at a time: those that are seen, and some around them. */
const MOST_ROWS = 100
/** A frame in which all rows are others may take as many times as long as one of a page that stands still. */
const MOST_FRAMES = 6

/** Programs of the browser's. */
const TO_THE_END = "document.querySelector('[data-scroller]').scrollTop = 1e9"
const framesOf = (step: string) => `(async () => {
  const scroller = document.querySelector('[data-scroller]')
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const times = []
  let before = await frame()
  for (let step = 0; step <= 60; step++) {
    ${step}
    const now = await frame()
    times.push(now - before)
    before = now
  }
  return times.sort((a, b) => a - b)[30]
})()`
const STAND = framesOf('')
const SCROLL = framesOf('scroller.scrollTop = (scroller.scrollHeight * step) / 60')

export const largeCases = ({ visit, world }: Visiting): Case[] => [
  visit(
    '100,000 records scroll',
    async (visit) => {
      const { kafka } = world()
      const producer = kafka.producer()
      await producer.connect()
      for (let at = 0; at < RECORDS; at += 10_000) {
        const messages = Array.from({ length: 10_000 }, (_, index) => ({ value: `row ${at + index}`, partition: 0 }))
        await producer.send({ topic: 'many', messages })
      }
      await producer.disconnect()
      await visit.go('topics/many/records')
      await visit.choose('Where to begin', 'oldest')
      const shown = visit.page.locator('.record-status')
      for (let shownBefore = ''; !(await shown.innerText()).includes('100,000 records'); ) {
        await visit.page.evaluate(TO_THE_END)
        const before = shownBefore
        await eventually('more records', async () => (await shown.textContent()) !== before)
        shownBefore = (await shown.textContent()) ?? ''
      }
      await scrolls(visit, `row ${RECORDS - 1}`)
    },
    { timeoutMs: 240_000 },
  ),
  visit(
    '10,000 topics scroll',
    async (visit) => {
      const admin = world().kafka.admin()
      await admin.connect()
      for (let at = 0; at < TOPICS; at += LOT) {
        const topics = Array.from({ length: LOT }, (_, index) => ({
          topic: `z-${String(at + index).padStart(5, '0')}`,
        }))
        await admin.createTopics({ topics, waitForLeaders: false })
      }
      await admin.disconnect()
      await visit.go('topics')
      await visit.page.getByText(/^10,0\d\d topics$/).waitFor()
      await scrolls(visit, 'z-09999')
      await visit.fill('Filter topics', 'z-0777')
      await visit.page.getByText('10 topics', { exact: true }).waitFor()
    },
    { timeoutMs: 240_000 },
  ),
]

/**
 * Scrolls through all rows in steps of a frame, comes to the last one, and looks at how long the frames took, beside those of
 * a page that stands still: on a busy machine both take longer.
 */
async function scrolls(visit: Visit, last: string): Promise<void> {
  const standingMs = await visit.page.evaluate<number>(STAND)
  const scrollingMs = await visit.page.evaluate<number>(SCROLL)
  await visit.row(last).waitFor()
  const rows = await visit.page.locator('.table-row').count()
  assert.ok(rows <= MOST_ROWS, `${rows} rows are in the document`)
  const frames = `a frame takes ${scrollingMs.toFixed(0)} ms, and ${standingMs.toFixed(0)} ms where nothing moves`
  assert.ok(scrollingMs <= MOST_FRAMES * standingMs, frames)
}
