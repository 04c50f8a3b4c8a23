import type { PlatformPath } from 'node:path'

/** The path as a person would write it from `here`: './data' for what lies below, the path itself for all else. */
export function shortPath(path: string, here: string, { isAbsolute, relative, sep }: PlatformPath): string {
  if (!isAbsolute(path)) return path
  const below = relative(here, path)
  const isBelow = below !== '' && !isAbsolute(below) && below.split(sep, 1).join() !== '..'
  return isBelow ? `./${below.replaceAll(sep, '/')}` : path
}
