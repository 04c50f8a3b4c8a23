import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import { FileSystemError } from '../../env/index.ts'
import type { IndexFile } from '../segment/index-file.ts'

/** How much of an index file is entries. */
export interface IndexExtent {
  entryCount: number
  fileBytes: number
  /** Where the entries end and something else follows, in words; null when the file is entries alone. */
  problem: string | null
  /** Apache preallocates the index of a segment that grows, and trims it at a clean stop: nothing is wrong with that. */
  isPreallocated: boolean
}

/** Loads an index that stands alone, so that its entries can be read, and looks at what its file has beyond them. */
export async function readIndex(index: IndexFile): Promise<IndexExtent> {
  const bytes = await readIfPresent(index)
  try {
    await index.load()
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    return { entryCount: 0, fileBytes: bytes.length, problem: error.message, isPreallocated: false }
  }
  // Preallocated, and nothing was entered yet: no index has an entry of zeros.
  if (bytes.every((byte) => byte === 0)) index.keep(0)
  const { entryCount, entrySize } = index
  const end = entryCount * entrySize
  const rest = bytes.subarray(end)
  if (rest.length === 0) return { entryCount, fileBytes: bytes.length, problem: null, isPreallocated: false }
  const isPreallocated = rest.every((byte) => byte === 0)
  const problem = isPreallocated
    ? `${rest.length} zeros follow the last entry at byte ${end}`
    : `what follows byte ${end} does not continue the entries before it`
  return { entryCount, fileBytes: bytes.length, problem, isPreallocated }
}

async function readIfPresent(index: IndexFile): Promise<Buffer> {
  try {
    return await index.context.files.readFile(index.path)
  } catch (error) {
    if (error instanceof FileSystemError && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
