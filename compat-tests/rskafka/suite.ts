import { rustSuite } from '../support/rust.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  return rustSuite('rskafka')
}
