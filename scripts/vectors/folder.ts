import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from './report.ts'

/** A folder of vectors: `<Name>.json` files, each an array of vectors. Remembers who asked for which file. */
export class VectorFolder {
  readonly path: string
  private readonly files: Set<string>
  private readonly read = new Set<string>()

  constructor(path: string) {
    this.path = path
    this.files = new Set(readdirSync(path).filter((name) => name.endsWith('.json')))
  }

  /** The names without `.json`, sorted. */
  names(): string[] {
    return [...this.files].map((file) => file.slice(0, -'.json'.length)).sort()
  }

  has(name: string): boolean {
    return this.files.has(`${name}.json`)
  }

  /** The parsed file; undefined where the folder has none of that name. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of the file, which the checker knows.
  load(name: string): any {
    const file = `${name}.json`
    if (!this.files.has(file)) return undefined
    this.read.add(file)
    return JSON.parse(readFileSync(join(this.path, file), 'utf8'))
  }

  /** Files that no checker has read. */
  unread(): string[] {
    return [...this.files].filter((file) => !this.read.has(file)).sort()
  }
}

/** One kind of vector file: reads what it knows from the folder and reports each vector. */
export type VectorChecker = (folder: VectorFolder, report: Report) => void | Promise<void>
