import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { cacheDirectory, capture } from './lookup.ts'

/**
 * One pinned npm package beside the project's own, fetched once into the cache; answers its directory. `platform`: npm's
 * options for a machine that is not this one.
 */
export function npmPackage(name: string, version: string, platform: readonly string[] = []): Promise<string> {
  return install(name, version, `${name.replace('/', '-')}-${version}`, async () => {}, platform)
}

/**
 * The same for a package with an addon, compiled for this process's Node against the headers that lie beside it:
 * node-gyp would download them from elsewhere. It takes a C++ compiler, make and Python, and some minutes the first
 * time.
 */
export async function compiledNpmPackage(name: string, version: string): Promise<string> {
  const nodeDirectory = resolve(dirname(process.execPath), '..')
  if (!existsSync(join(nodeDirectory, 'include/node/node.h'))) throw new Error('there are no headers beside this Node')
  const major = Number.parseInt(process.versions.node, 10)
  return install(name, version, `${name}-${version}-node${major}`, async (directory) => {
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
    const env = { npm_config_nodedir: nodeDirectory, PATH: path }
    await capture('npm', ['run', 'install'], { cwd: directory, env })
    // The compiler's leftovers take half a gigabyte and are not used again.
    for (const left of ['deps', 'build/Release/obj.target'])
      await rm(join(directory, left), { recursive: true, force: true })
  })
}

/** A directory under its final name is complete. */
async function install(
  name: string,
  version: string,
  folder: string,
  finish: (directory: string) => Promise<void>,
  platform: readonly string[] = [],
): Promise<string> {
  const home = join(cacheDirectory, 'npm', folder)
  const inside = join('node_modules', name)
  if (existsSync(join(home, inside, 'package.json'))) return join(home, inside)
  await mkdir(join(home, '..'), { recursive: true })
  const fresh = await mkdtemp(`${home}-`)
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', fresh]
    await capture('npm', ['install', ...options, ...platform, `${name}@${version}`])
    await finish(join(fresh, inside))
    await rm(home, { recursive: true, force: true })
    await rename(fresh, home)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return join(home, inside)
}
