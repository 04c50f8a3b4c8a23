import type { Browser } from 'playwright-core'
import type { Case } from '../support/suite.ts'
import type { Visit } from './browser.ts'
import type { World } from './world.ts'

/** The parts that the cases of all files share. */
export interface Visiting {
  readonly url: string
  browser(): Browser
  world(): World
  /** A case in a window of its own, in which nothing may have gone wrong at its end. */
  visit(name: string, use: (visit: Visit) => Promise<void>, more?: Pick<Case, 'smoke' | 'timeoutMs'>): Case
}
