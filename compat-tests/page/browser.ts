/** A browser in which the page is opened, and what the cases ask of every page: no error, no violation, nothing that ran. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { eventually } from '../support/wait.ts'

export interface Look {
  readonly theme: 'light' | 'dark'
  readonly width: number
  readonly height: number
}
const WIDE: Look = { theme: 'light', width: 1280, height: 820 }
export const LOOKS: readonly Look[] = [
  WIDE,
  { ...WIDE, theme: 'dark' },
  { theme: 'light', width: 400, height: 800 },
  { theme: 'dark', width: 400, height: 800 },
]
const PATIENCE_MS = 20_000

export const launch = (path: string): Promise<Browser> =>
  chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] })

/** The page at one address. */
export class Visit {
  readonly page: Page
  readonly #url: string
  readonly #errors: string[] = []

  private constructor(page: Page, url: string) {
    this.page = page
    this.#url = url
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.#errors.push(error.message))
    page.on('console', (message) => {
      // A request that is refused in words is none.
      if (message.type() === 'error' && !message.text().includes('the server responded with a status of 4')) {
        this.#errors.push(message.text())
      }
    })
  }

  static async open(browser: Browser, url: string, look: Look = WIDE): Promise<Visit> {
    const { theme, width, height } = look
    const context = await browser.newContext({ colorScheme: theme, viewport: { width, height }, acceptDownloads: true })
    return new Visit(await context.newPage(), url)
  }

  /** Goes to a view, `topics/orders/records`, and waits for its heading. */
  async go(place: string): Promise<void> {
    await this.page.goto(`${this.#url}/#/${place}`)
    await this.page.getByRole('heading', { level: 1 }).waitFor()
    await this.page.locator('.skeleton').waitFor({ state: 'detached' })
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' })
  }

  /** The row of a table that has all of these texts. */
  row(...texts: readonly (string | RegExp)[]): Locator {
    return texts.reduce<Locator>((rows, hasText) => rows.filter({ hasText }), this.page.locator('.table-row')).first()
  }

  get dialog(): Locator {
    return this.page.locator('dialog[open]')
  }

  async fill(label: string, value: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(value)
  }

  async choose(label: string, value: string): Promise<void> {
    await this.page.getByRole('combobox', { name: label, exact: true }).selectOption(value)
  }

  /** Presses the button of the open dialog that does what the dialog is for; it closes. */
  async confirm(name: string): Promise<void> {
    await this.dialog.getByRole('button', { name, exact: true }).click()
    await this.dialog.waitFor({ state: 'detached' })
  }

  async said(text: string | RegExp): Promise<void> {
    await this.page.locator('.toast').filter({ hasText: text }).first().waitFor()
  }

  /** Fails with what axe finds wrong for people who cannot see, or use no mouse. */
  async isAccessible(where: string): Promise<void> {
    await this.page.evaluate(axe.source)
    const violations = await this.page.evaluate(async () => {
      const { violations } = await (globalThis as never as { axe: typeof axe }).axe.run()
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
    })
    assert.deepEqual(violations, [], where)
  }

  async screenshot(folder: string, name: string): Promise<void> {
    await this.page.screenshot({ path: join(folder, `${name}.jpg`), type: 'jpeg', quality: 75 })
  }

  /** Waits for errors that have to be, and forgets them. */
  async failed(expected: RegExp): Promise<void> {
    await eventually(`an error like ${expected}`, () => this.#errors.some((error) => expected.test(error)))
    const others = this.#errors.filter((error) => !expected.test(error) && !error.includes('Content Security Policy'))
    this.#errors.splice(0, this.#errors.length, ...others)
  }

  /** Fails if anything went wrong meanwhile, or a record's content ran. */
  async close(): Promise<void> {
    const pwned = await this.page.evaluate(() => 'pwned' in globalThis || 'pwned' in Object.prototype)
    assert.equal(pwned, false, 'content of a record ran as code')
    assert.deepEqual(this.#errors, [])
    await this.page.context().close()
  }
}
