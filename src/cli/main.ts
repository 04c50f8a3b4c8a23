#!/usr/bin/env node
import { VERSION } from '../config/version.ts'
import { samsa } from './commands/samsa.ts'
import { COMPLETE } from './completion/scripts.ts'

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === COMPLETE) {
    const { complete } = await import('./completion/complete.ts')
    return complete(samsa, words.slice(1))
  }
  const { programOf } = await import('./definition/program.ts')
  await programOf(samsa, VERSION, words).parseAsync()
}

void main(process.argv.slice(2))
