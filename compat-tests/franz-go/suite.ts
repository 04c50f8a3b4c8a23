import { goSuite } from '../support/go.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  return goSuite('franz-go')
}
