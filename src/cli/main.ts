#!/usr/bin/env node
import { VERSION } from '../config/version.ts'
import { samsa } from './commands/samsa.ts'
import { COMPLETE } from './completion/scripts.ts'

const [first, ...words] = process.argv.slice(2)
if (first === COMPLETE) {
  const { complete } = await import('./completion/complete.ts')
  await complete(samsa, words)
} else {
  const { programOf } = await import('./definition/program.ts')
  await programOf(samsa, VERSION).parseAsync()
}
