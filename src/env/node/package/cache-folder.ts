import path from 'node:path'

/** This user's folder for what can be made again; null: there is none. */
export function cacheFolder(): string | null {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env
  const folder = XDG_CACHE_HOME ?? LOCALAPPDATA ?? (HOME === undefined ? undefined : path.join(HOME, '.cache'))
  return folder !== undefined && path.isAbsolute(folder) ? path.join(folder, 'samsa') : null
}
