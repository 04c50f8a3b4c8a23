import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackDebianPackage } from './debian.ts'
import type { Lookup, Tool } from './lookup.ts'
import { cacheDirectory, capture, lastWords, missing, once, onPath, present } from './lookup.ts'

/** kcat from PATH, or Debian's package unpacked into the cache. */
export const kcat = once(async (): Promise<Lookup<Tool>> => {
  const installed = onPath('kcat') ?? onPath('kafkacat')
  if (installed) return describe(installed, {})
  const target = join(cacheDirectory, 'kcat')
  const path = join(target, 'usr/bin/kcat')
  try {
    if (!existsSync(path)) await unpackDebianPackage('kcat', target)
    return await describe(path, { LD_LIBRARY_PATH: await libraryPath(target) })
  } catch (error) {
    return missing(`kcat is not on PATH and could not be fetched (${lastWords(error)}); install kcat`)
  }
})

async function libraryPath(target: string): Promise<string> {
  const libraries = join(target, 'usr/lib')
  const platforms = existsSync(libraries) ? await readdir(libraries) : []
  return platforms.map((platform) => join(libraries, platform)).join(':')
}

async function describe(path: string, env: Record<string, string>): Promise<Lookup<Tool>> {
  const { stdout } = await capture(path, ['-V'], { env })
  const version = /Version ([\d.]+)/.exec(stdout)?.[1] ?? 'unknown'
  const librdkafka = /librdkafka ([\d.]+)/.exec(stdout)?.[1] ?? 'unknown'
  return present({ version: `${version} (librdkafka ${librdkafka})`, path, env })
}
