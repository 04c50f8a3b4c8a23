#!/usr/bin/env node
import { VERSION } from '../config/version.ts'
import { broker } from './commands/broker.ts'
import { COMPLETE } from './completion/word.ts'
import { plainOptions } from './definition/plain-options.ts'

async function main(words: readonly string[]): Promise<void> {
  const options = plainOptions(broker, words)
  if (options !== null) {
    await broker.run([], options as never)
    return
  }
  const { samsa } = await import('./commands/samsa.ts')
  if (words[0] === COMPLETE) {
    const { complete } = await import('./completion/complete.ts')
    return complete(samsa, words.slice(1))
  }
  const { programOf } = await import('./definition/program.ts')
  await programOf(samsa, VERSION, words).parseAsync()
}

void main(process.argv.slice(2))
