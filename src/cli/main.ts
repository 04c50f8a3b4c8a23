#!/usr/bin/env node
import { VERSION } from '../config/version.ts'
import { samsa } from './commands/samsa.ts'
import { COMPLETE } from './completion/scripts.ts'

const words = process.argv.slice(2)
if (words[0] === COMPLETE) {
  const { complete } = await import('./completion/complete.ts')
  await complete(samsa, words.slice(1))
} else {
  const { programOf } = await import('./definition/program.ts')
  await programOf(samsa, VERSION, words).parseAsync()
}
