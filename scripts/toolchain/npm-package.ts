import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory, capture } from './lookup.ts'

/** One pinned npm package beside the project's own, fetched once into the cache; answers its directory. */
export async function npmPackage(name: string, version: string): Promise<string> {
  const home = join(cacheDirectory, 'npm', `${name.replace('/', '-')}-${version}`)
  const directory = join(home, 'node_modules', name)
  if (existsSync(join(directory, 'package.json'))) return directory
  await mkdir(join(home, '..'), { recursive: true })
  const fresh = await mkdtemp(`${home}-`)
  try {
    await capture('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', fresh, `${name}@${version}`])
    await rm(home, { recursive: true, force: true })
    await rename(fresh, home)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return directory
}
