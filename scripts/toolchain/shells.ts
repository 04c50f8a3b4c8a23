import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackDebianPackage } from './debian.ts'
import type { Lookup, Tool } from './lookup.ts'
import { cacheDirectory, capture, lastWords, missing, onPath, present } from './lookup.ts'

export type ShellName = 'bash' | 'zsh' | 'fish'

/** A shell from PATH, or Debian's package unpacked into the cache. `home` is where it was unpacked. */
export async function shell(name: ShellName): Promise<Lookup<Tool & { readonly home: string | null }>> {
  const installed = onPath(name)
  if (installed !== null) return described(installed, {}, null)
  const home = join(cacheDirectory, name)
  try {
    if (!existsSync(home)) await unpackDebianPackage(name, home)
    const path = ['usr/bin', 'bin'].map((folder) => join(home, folder, name)).find((each) => existsSync(each))
    if (path === undefined) return missing(`the package of ${name} has no ${name}`)
    return await described(path, { LD_LIBRARY_PATH: await libraryPath(home) }, home)
  } catch (error) {
    return missing(`${name} is not on PATH and could not be fetched (${lastWords(error)}); install ${name}`)
  }
}

async function libraryPath(home: string): Promise<string> {
  const folders = ['usr/lib', 'lib'].map((folder) => join(home, folder)).filter((each) => existsSync(each))
  const platforms = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((platform) => join(folder, platform))),
  )
  return platforms.flat().join(':')
}

async function described(path: string, env: Record<string, string>, home: string | null) {
  const { stdout } = await capture(path, ['--version'], { env })
  return present({ version: /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? 'unknown', path, env, home })
}
