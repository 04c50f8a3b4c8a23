import { join } from 'node:path'
import { pythonSuite } from '../support/python.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  return pythonSuite('confluent-kafka', join(import.meta.dirname, 'main.py'))
}
