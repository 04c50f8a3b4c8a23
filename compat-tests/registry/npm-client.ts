import { createRequire } from 'node:module'
import { join } from 'node:path'
import { lastWords } from '../../scripts/toolchain/lookup.ts'
import { npmPackage } from '../../scripts/toolchain/npm-package.ts'

/** A package of npm from the cache; null, with a sentence on the terminal: it cannot be had. */
export async function npmClient<Client>(name: string, version: string): Promise<Client | null> {
  try {
    const directory = await npmPackage(name, version)
    return createRequire(join(directory, 'package.json'))(directory) as Client
  } catch (error) {
    console.error(`registry: ${name} could not be had from npm (${lastWords(error)})`)
    return null
  }
}
