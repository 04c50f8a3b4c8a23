import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'

/** A place in a bundled test: file, line and column. */
const PLACE = /(?:file:\/\/)?([^\s()'"]+\.js):(\d+):(\d+)/g

/** The text with the places of bundled files given as those of their sources. */
export function sourcePositions(text: string, folder: string): string {
  const maps = new Map<string, SourceMap | null>()
  return text.replace(PLACE, (place: string, file: string, line: string, column: string) => {
    if (!resolve(file).startsWith(resolve(folder))) return place
    if (!maps.has(file)) maps.set(file, mapOf(file))
    const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (entry === undefined || !('originalSource' in entry)) return place
    const source = relative('.', resolve(dirname(file), entry.originalSource))
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}

function mapOf(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
  } catch {
    return null
  }
}
