import { installDebianPackages } from './debian.ts'
import type { Lookup, Tool } from './lookup.ts'
import { capture, lastWords, missing, once, onPath, present } from './lookup.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Chromium from PATH, or Debian's package, which only root can install. */
export const chromium = once(async (): Promise<Lookup<Tool>> => {
  const installed = found()
  if (installed !== null) return describe(installed)
  try {
    await installDebianPackages(['chromium'])
    return await describe(found() ?? 'chromium')
  } catch (error) {
    return missing(`Chromium is not on PATH and could not be installed (${lastWords(error)}); install chromium`)
  }
})

const found = (): string | null => NAMES.map(onPath).find((path) => path !== null) ?? null

async function describe(path: string): Promise<Lookup<Tool>> {
  const { stdout } = await capture(path, ['--version'])
  return present({ version: /[\d.]+/.exec(stdout)?.[0] ?? 'unknown', path, env: {} })
}
