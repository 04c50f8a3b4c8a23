import { readFileSync } from 'node:fs'

/** The number of each that one process takes up at a point. */
export interface Needs {
  openFiles: number
  /** Files that are mapped into memory, which Apache's indexes are. */
  mappings: number
}

export const fewNeeds: Needs = { openFiles: 0, mappings: 0 }

/** For all else that a process has open or mapped, its libraries among them. */
const SPARE_FILES = 1_000
const SPARE_MAPPINGS = 5_000

/** The limits of this machine; brokers and generator raise theirs of open files to the hard one by themselves. */
export function machineLimits(): Needs {
  const text = readFileSync('/proc/self/limits', 'utf8')
  const [, openFiles] = /^Max open files\s+\S+\s+(\S+)/m.exec(text)!
  return {
    openFiles: openFiles === 'unlimited' ? Number.POSITIVE_INFINITY : Number(openFiles),
    mappings: Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8')),
  }
}

/** The reason why a point is out of this machine's reach; null: it is not. */
export function outOfReach(needs: Needs, limits: Needs): string | null {
  const { openFiles, mappings } = needs
  if (openFiles > 0 && openFiles + SPARE_FILES > limits.openFiles)
    return `a process may have ${limits.openFiles} files open (ulimit -Hn), and needs ${openFiles + SPARE_FILES}`
  if (mappings > 0 && mappings + SPARE_MAPPINGS > limits.mappings)
    return `a process may map ${limits.mappings} files (vm.max_map_count), and needs ${mappings + SPARE_MAPPINGS}`
  return null
}
