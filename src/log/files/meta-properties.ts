/**
 * `meta.properties` says whose a log directory is: the cluster, the node and the directory's own id (KIP-858). Version 1
 * is KRaft's; version 0 is what ZooKeeper brokers left, with `broker.id` in place of `node.id`.
 */
import { canonicalUuid } from '../../../protocol/uuid.ts'
import { parseProperties } from '../../config/sources/properties-file.ts'
import { wholeNumber } from './checkpoint-format.ts'
import { MalformedFileError } from './malformed-file-error.ts'

export const META_PROPERTIES = 'meta.properties'
export const META_PROPERTIES_VERSION = 1

export interface MetaProperties {
  version: number
  clusterId: string | null
  /** -1 when absent. */
  nodeId: number
  directoryId: string | null
}

/** A version that only a newer broker writes. */
export class NewerMetaPropertiesError extends MalformedFileError {
  constructor(path: string, version: number) {
    super(path, `has version ${version}; this broker knows versions up to ${META_PROPERTIES_VERSION}`)
    this.name = 'NewerMetaPropertiesError'
  }
}

export function parseMetaProperties(path: string, bytes: Buffer): MetaProperties {
  const properties = parseProperties(bytes.toString('utf8'))
  const version = wholeNumber(properties.get('version') ?? '')
  if (version === null || version < 0) throw new MalformedFileError(path, 'has no version')
  if (version > META_PROPERTIES_VERSION) throw new NewerMetaPropertiesError(path, version)
  const nodeKey = version === 0 ? 'broker.id' : 'node.id'
  const node = properties.get(nodeKey)
  const nodeId = node === undefined ? -1 : wholeNumber(node)
  const clusterId = properties.get('cluster.id') ?? null
  if (nodeId === null) throw new MalformedFileError(path, `has a ${nodeKey} that is no number: ${node}`)
  if (version >= 1 && (clusterId === null || nodeId === -1)) {
    throw new MalformedFileError(path, 'lacks cluster.id or node.id')
  }
  const directory = properties.get('directory.id')
  const directoryId = directory === undefined ? null : canonicalUuid(directory.trim())
  if (directory !== undefined && directoryId === null) {
    throw new MalformedFileError(path, `has a directory.id that is no UUID: ${directory}`)
  }
  return { version, clusterId, nodeId, directoryId }
}

export function formatMetaProperties({ version, clusterId, nodeId, directoryId }: MetaProperties): Buffer {
  const lines: string[] = []
  if (version === 0 && nodeId !== -1) lines.push(`broker.id=${nodeId}`)
  if (clusterId !== null) lines.push(`cluster.id=${clusterId}`)
  if (directoryId !== null) lines.push(`directory.id=${directoryId}`)
  if (version >= 1) lines.push(`node.id=${nodeId}`)
  lines.push(`version=${version}`)
  return Buffer.from(lines.map((line) => `${line}\n`).join(''))
}
