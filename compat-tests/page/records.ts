import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Visit } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import type { Visiting } from './visiting.ts'

const offsets = async (visit: Visit): Promise<string[]> =>
  visit.page.locator('.table-row [role=cell]:first-child').allInnerTexts()
/** The panel beside the list. */
const panel = (visit: Visit) => visit.page.getByRole('complementary', { name: 'Record' })
const status = (visit: Visit) => visit.page.locator('.record-status')

export const recordCases = ({ visit, world }: Visiting): Case[] => [
  visit('records are read from the newest, the oldest, an offset and a time', async (visit) => {
    await visit.go('topics/prices/records')
    await visit.row('prices number 119').waitFor()
    assert.deepEqual((await offsets(visit)).slice(0, 3), ['119', '118', '117'])
    await visit.choose('Where to begin', 'oldest')
    await visit.row('prices number 0').waitFor()
    await eventually('the oldest are first', async () => (await offsets(visit))[0] === '0')
    await visit.choose('Where to begin', 'offset')
    await visit.fill('Offset', '100')
    await visit.button('Read').click()
    await eventually('from 100 on', async () => (await offsets(visit))[0] === '100')
    await visit.choose('Where to begin', 'time')
    await visit.fill('Time', '2001-01-01T00:00')
    await visit.button('Read').click()
    await eventually('from that time on', async () => (await offsets(visit))[0] === '0')
    await visit.fill('Key contains', 'prices-77')
    await visit.button('Read').click()
    await status(visit).getByText('1 record of 120 looked at').waitFor()
  }),
  visit('a record is shown as text, JSON, hex and MessagePack', async (visit) => {
    await visit.go('topics/orders/records')
    await visit.row('"id":').locator('.row-link').click()
    await panel(visit).locator('.json-key').filter({ hasText: '"customer"' }).waitFor()
    await panel(visit).getByRole('button', { name: '{ 2 }' }).first().click()
    await panel(visit).locator('.json-key').filter({ hasText: '"sku"' }).waitFor()
    await panel(visit).getByText('trace', { exact: true }).waitFor()
    await visit.choose('How to read Value', 'hex')
    await panel(visit)
      .getByText(/^000000 {2}7b 22 69 64/)
      .waitFor()
    await visit.page.keyboard.press('Escape')
    await panel(visit).waitFor({ state: 'detached' })
    await visit.go('topics/sensors/records')
    await visit.row('celsius').locator('.row-link').click()
    await panel(visit).locator('.part-head .small').filter({ hasText: 'msgpack' }).waitFor()
    await panel(visit).locator('.json-string').filter({ hasText: '"roof"' }).waitFor()
  }),
  visit('records come as they are written', async (visit) => {
    await visit.go('topics/orders/records')
    await visit.choose('Where to begin', 'live')
    await status(visit).getByText('waiting for more').waitFor()
    await eventually('ten records', async () => (await offsets(visit)).length >= 10)
  }),
  visit('a predicate of JavaScript runs in a worker, and one that never ends is ended', async (visit) => {
    await visit.go('topics/prices/records')
    await visit.row('prices number 119').waitFor()
    await visit.button('JavaScript').click()
    await visit.fill('JavaScript predicate', "value.endsWith('5') && offset > 20")
    await visit.button('Read').click()
    await status(visit).getByText('10 records of 120 looked at').waitFor()
    const cases = { 'while (true) {} return true': /takes too long/, 'value ===': /SyntaxError/ }
    for (const [code, problem] of Object.entries(cases)) {
      await visit.fill('JavaScript predicate', code)
      await visit.button('Read').click()
      await visit.page.getByRole('alert').filter({ hasText: problem }).waitFor()
    }
    await visit.fill('JavaScript predicate', "typeof document === 'undefined' && (fetch('/session'), false)")
    await visit.button('Read').click()
    await status(visit).getByText('0 records of 120 looked at').waitFor()
    // The worker of a reading that is over may be gone before its fetch has failed; that of a live one stays.
    await visit.go('topics/orders/records')
    await visit.choose('Where to begin', 'live')
    await visit.button('JavaScript').click()
    await visit.fill(
      'JavaScript predicate',
      "typeof document === 'undefined' && ((globalThis.tried ??= fetch('/session')), false)",
    )
    await visit.button('Read').click()
    await visit.failed(/Failed to fetch/)
  }),
  visit('records are produced, produced again, exported and imported', async (visit) => {
    const admin = world().kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'copied' }] })
    await admin.disconnect()
    await visit.go('topics/copied/records')
    await visit.button('Produce').click()
    await visit.choose('Form of the key', 'text')
    await visit.fill('Key', 'the key')
    await visit.fill('Value', '{"is":"the value"}')
    await visit.button('Add a header').click()
    await visit.fill('Name of header 1', 'source')
    await visit.fill('Value of header 1', 'page')
    await visit.confirm('Produce')
    await visit.row('the key').locator('.row-link').click()
    await panel(visit).getByText('source', { exact: true }).waitFor()
    await visit.button('Produce again').click()
    await visit.confirm('Produce')
    await status(visit).getByText('2 records').waitFor()
    await visit.page.locator('summary').filter({ hasText: 'Export' }).click()
    const [download] = await Promise.all([visit.page.waitForEvent('download'), visit.button('What is shown').click()])
    const path = await download.path()
    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    assert.equal(lines.length, 2)
    const { key, value, headers } = JSON.parse(lines[0]!)
    assert.deepEqual([key, value, headers], ['the key', '{"is":"the value"}', [{ key: 'source', value: 'page' }]])
    const file = join(path, '..', 'records.jsonl')
    await writeFile(file, `${lines.join('\n')}\n{"free":"form"}\n`)
    await visit.button('Import').click()
    await visit.dialog.locator('input[type=file]').setInputFiles(file)
    await visit.confirm('Import')
    await status(visit).getByText('5 records').waitFor()
    await visit.row('{"free":"form"}').waitFor()
  }),
  visit('transactions, markers and records of Kafka’s own are seen', async (visit) => {
    await visit.go('topics/payments/records')
    await visit.row('COMMIT').waitFor()
    await visit.row('aborted', 'never paid').waitFor()
    await visit.row('open', 'perhaps paid').waitFor()
    await visit.row('payments-committed', 'paid').waitFor()
    await visit.page.getByLabel('committed only').check()
    await visit.row('open', 'perhaps paid').waitFor({ state: 'detached' })
    await visit.go('topics/__consumer_offsets/records')
    await visit.row('OffsetCommit').locator('.row-link').click()
    await panel(visit).getByText('OffsetCommit').waitFor()
    await panel(visit).locator('.json-key').filter({ hasText: '"commitTimestamp"' }).waitFor()
    assert.equal(await visit.button('Produce').isDisabled(), true)
  }),
  visit('hostile content is text', async (visit) => {
    await visit.go('topics/hostile/records')
    await visit.row('<script>').waitFor()
    for (let index = 0; index < HOSTILE.length; index++) {
      await visit.page.locator('.row-link').nth(index).click()
      await panel(visit).waitFor()
      for (const reading of ['text', 'json', 'hex', 'auto']) await visit.choose('How to read Value', reading)
    }
    assert.equal(await visit.page.locator('main script, main iframe, main img, main a[href^=javascript]').count(), 0)
    await visit.choose('Where to begin', 'live')
    await visit.go('topics/%3Cimg%20src=x%20onerror=window.pwned=1%3E/records')
    await visit.page.getByRole('alert').first().waitFor()
  }),
]
