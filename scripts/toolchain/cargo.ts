import type { Lookup, Tool } from './lookup.ts'
import { capture, lastWords, missing, once, onPath, present } from './lookup.ts'

/** The versions that the drivers and their crates ask for. */
const leastVersion = [1, 85] as const

/** Cargo from PATH. No registry that the project uses carries a whole Rust toolchain, so none is fetched. */
export const cargo = once(async (): Promise<Lookup<Tool>> => {
  const path = onPath('cargo')
  const wanted = `Rust ${leastVersion.join('.')} or newer`
  if (!path) return missing(`cargo is not on PATH; install ${wanted}`)
  try {
    const { stdout } = await capture(path, ['--version'])
    const version = /cargo (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? ''
    if (!isNewEnough(version)) return missing(`cargo on PATH is ${version}; install ${wanted}`)
    return present({ version, path, env: {} })
  } catch (error) {
    return missing(`cargo on PATH does not start (${lastWords(error)}); install ${wanted}`)
  }
})

function isNewEnough(version: string): boolean {
  const [major, minor] = version.split('.').map(Number)
  return major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1])
}
