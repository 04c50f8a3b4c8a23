/**
 * Kafka's text checkpoints: a version line ("0"), the number of entries, then one entry a line. A reader that finds
 * anything else throws `MalformedFileError`; callers decide whether the file can be done without.
 */
import { MalformedFileError } from './malformed-file-error.ts'

const VERSION = 0

export function formatCheckpoint(lines: readonly string[]): Buffer {
  return Buffer.from([VERSION, lines.length, ...lines].map((line) => `${line}\n`).join(''))
}

/** The entry lines. A file of no bytes, as a fresh log has it, has no entries. */
export function parseCheckpoint(path: string, bytes: Buffer): string[] {
  if (bytes.length === 0) return []
  const lines = bytes.toString('utf8').split('\n')
  while (lines.at(-1)?.trim() === '') lines.pop()
  if (lines[0]?.trim() !== String(VERSION)) {
    throw new MalformedFileError(path, `has version "${lines[0]}", this broker reads version ${VERSION}`)
  }
  const count = wholeNumber(lines[1]?.trim() ?? '')
  const entries = lines.slice(2)
  if (count === null || count !== entries.length) {
    throw new MalformedFileError(path, `announces ${lines[1]} entries and has ${entries.length}`)
  }
  return entries
}

/** null unless `text` is a whole number that is exact as a JavaScript number. */
export function wholeNumber(text: string): number | null {
  if (!/^-?\d+$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}
