import { join } from 'node:path'
import { kaskade } from '../../scripts/toolchain/python.ts'
import { pythonSuite } from '../support/python.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  return pythonSuite('kaskade', join(import.meta.dirname, 'main.py'), {}, kaskade)
}
