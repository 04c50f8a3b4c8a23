import type { Environment } from '../../env/index.ts'
import { randomUuid } from '../../env/random-uuid.ts'
import { DataDirectoryError } from '../files/data-directory-error.ts'
import type { MetaProperties } from '../files/meta-properties.ts'
import { LogDirectory } from './log-directory.ts'

interface Wanted {
  environment: Environment
  logDirectories: readonly string[]
  metadataDirectory?: string
  nodeId: number
  clusterId: string | null
  /** The id for directories that no broker has used; absent: a new one. */
  clusterIdOfNew?: () => Promise<string>
}

interface Opened {
  clusterId: string
  directories: LogDirectory[]
  metadataDirectory: LogDirectory
}

/**
 * Locks all directories, checks that they belong together and to this node, and only then writes: what is new becomes
 * this node's. Throws `DataDirectoryError`s, with every lock released.
 */
export async function claimDirectories(wanted: Wanted): Promise<Opened> {
  const { environment, nodeId } = wanted
  const metadataPath = wanted.metadataDirectory ?? firstOf(wanted.logDirectories)
  const directories: LogDirectory[] = []
  try {
    for (const path of new Set([...wanted.logDirectories, metadataPath])) {
      directories.push(await LogDirectory.lock(environment.files, path))
    }
    const found = new Map<LogDirectory, MetaProperties | null>()
    for (const directory of directories) found.set(directory, await directory.readMetaProperties())
    const agreed = agreedClusterId(wanted, found)
    checkNode(found, nodeId)
    checkDirectoryIds(found)
    const clusterId = agreed ?? (await wanted.clusterIdOfNew?.()) ?? randomUuid(environment.random)
    for (const [directory, meta] of found) await directory.claim(meta, clusterId, nodeId, environment.random)
    return { clusterId, directories, metadataDirectory: directories.find(({ path }) => path === metadataPath)! }
  } catch (error) {
    for (const directory of directories) await directory.unlock()
    throw error
  }
}

function agreedClusterId(wanted: Wanted, found: ReadonlyMap<LogDirectory, MetaProperties | null>): string | null {
  let agreed = wanted.clusterId
  let from = 'the configuration'
  for (const [{ path }, meta] of found) {
    if (meta === null || meta.clusterId === null) continue
    if (agreed !== null && meta.clusterId !== agreed) {
      const message = `The data directory ${path} belongs to the cluster ${meta.clusterId}, not to ${agreed} (from ${from}): name the right directory, or the right cluster id.`
      throw new DataDirectoryError('wrong cluster', path, message)
    }
    agreed = meta.clusterId
    from = path
  }
  return agreed
}

function checkNode(found: ReadonlyMap<LogDirectory, MetaProperties | null>, nodeId: number): void {
  for (const [{ path }, meta] of found) {
    if (meta === null || meta.nodeId === -1 || meta.nodeId === nodeId) continue
    const message = `The data directory ${path} belongs to node ${meta.nodeId}, and this is node ${nodeId}: set node.id=${meta.nodeId}, or name another directory.`
    throw new DataDirectoryError('wrong node', path, message)
  }
}

function checkDirectoryIds(found: ReadonlyMap<LogDirectory, MetaProperties | null>): void {
  const byId = new Map<string, string>()
  for (const [{ path }, meta] of found) {
    if (meta === null || meta.directoryId === null) continue
    const other = byId.get(meta.directoryId)
    if (other !== undefined) {
      const message = `The data directories ${other} and ${path} have the same directory.id: one is a copy of the other, and only one of them may be used.`
      throw new DataDirectoryError('duplicate', path, message)
    }
    byId.set(meta.directoryId, path)
  }
}

function firstOf([first]: readonly string[]): string {
  if (first === undefined) throw new Error('log.dirs names no directory')
  return first
}
