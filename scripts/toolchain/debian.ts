import { lstat, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory, capture, onPath, runningAsRoot } from './lookup.ts'

/**
 * apt with lists and archives of its own under the cache, so that neither root nor a change of the system is needed.
 * What is installed is still read from the system, so only packages that are really absent are fetched.
 */
async function aptOptions(): Promise<string[]> {
  const root = join(cacheDirectory, 'apt')
  await mkdir(join(root, 'state/lists/partial'), { recursive: true })
  await mkdir(join(root, 'cache/archives/partial'), { recursive: true })
  const settings = [
    `Dir::State=${root}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${root}/cache`,
    'APT::Sandbox::User=',
  ]
  return settings.flatMap((setting) => ['-o', setting])
}

/** Fetches a Debian package with what it needs and unpacks all of it below `target`. Throws when apt cannot. */
export async function unpackDebianPackage(name: string, target: string): Promise<void> {
  if (!onPath('apt-get') || !onPath('dpkg-deb')) throw new Error('there is no apt-get here')
  const options = await aptOptions()
  await capture('apt-get', [...options, 'update'])
  const plan = await capture('apt-get', [...options, '--no-install-recommends', '--simulate', 'install', name])
  const packages = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1])
  await mkdir(cacheDirectory, { recursive: true })
  const work = await mkdtemp(join(cacheDirectory, 'unpack-'))
  try {
    await capture('apt-get', [...options, 'download', ...packages], { cwd: work })
    for (const archive of await readdir(work))
      await capture('dpkg-deb', ['-x', join(work, archive), join(work, 'root')])
    await relinkInside(join(work, 'root'), join(work, 'root'), target)
    await rm(target, { recursive: true, force: true })
    await rename(join(work, 'root'), target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Fetches packages of this system's release, for any processor, into `folder` as .deb files; nothing of them is run. */
export async function downloadDebianPackages(names: readonly string[], cpu: string, folder: string): Promise<void> {
  if (!onPath('apt-get') || !onPath('dpkg-deb')) throw new Error('there is no apt-get here')
  const root = join(cacheDirectory, `apt-${cpu}`)
  for (const name of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(root, name), { recursive: true })
  await writeFile(join(root, 'state/status'), '')
  const settings = [`Dir::State=${root}/state`, `Dir::State::status=${root}/state/status`, `Dir::Cache=${root}/cache`]
  const machine = [`APT::Architecture=${cpu}`, `APT::Architectures=${cpu}`, 'APT::Sandbox::User=']
  const options = [...settings, ...machine].flatMap((setting) => ['-o', setting])
  await capture('apt-get', [...options, 'update'])
  await mkdir(folder, { recursive: true })
  await capture('apt-get', [...options, 'download', ...names], { cwd: folder })
}

/** Absolute links of an unpacked package mean its own tree, which now has `target` in front. */
async function relinkInside(root: string, directory: string, target: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) await relinkInside(root, path, target)
    if (!entry.isSymbolicLink()) continue
    const aim = await readlink(path)
    const inside = aim.startsWith('/') && (await lstat(join(root, aim)).catch(() => null))
    if (!inside) continue
    await unlink(path)
    await symlink(join(target, aim), path)
  }
}

/**
 * Installs packages into the system, which only root can and only those get that do not run from another place
 * (a JDK's packages finish themselves in install scripts). Throws otherwise.
 */
export async function installDebianPackages(names: readonly string[]): Promise<void> {
  if (!onPath('apt-get')) throw new Error('there is no apt-get here')
  if (!runningAsRoot) throw new Error('installing packages needs root')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await capture('apt-get', ['update'], { env })
  await capture('apt-get', ['install', '-y', '--no-install-recommends', ...names], { env })
}
