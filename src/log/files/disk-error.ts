import { FileSystemError } from '../../env/index.ts'

/** The disk (or the user's share of it) is full: refused for now, and tried again with the next write. */
export function isOutOfSpace(error: unknown): boolean {
  return error instanceof FileSystemError && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
