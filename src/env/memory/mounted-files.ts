import type { File, FileLock, FileStat, FileSystem } from '../file-system.ts'

/** Files below one directory are in memory; all others, such as configurations and key stores, are the machine's. */
export class MountedFiles implements FileSystem {
  readonly #directory: string
  readonly #inside: FileSystem
  readonly #outside: FileSystem

  constructor(directory: string, inside: FileSystem, outside: FileSystem) {
    this.#directory = directory
    this.#inside = inside
    this.#outside = outside
  }

  get descriptorLimit(): number {
    return this.#outside.descriptorLimit
  }

  onDescriptorShortage(closeIdle: () => Promise<void>): () => void {
    return this.#outside.onDescriptorShortage(closeIdle)
  }

  open(path: string, mode: 'read' | 'write'): Promise<File> {
    return this.#of(path).open(path, mode)
  }

  readFile(path: string): Promise<Buffer> {
    return this.#of(path).readFile(path)
  }

  stat(path: string): Promise<FileStat | null> {
    return this.#of(path).stat(path)
  }

  readDirectory(path: string): Promise<string[]> {
    return this.#of(path).readDirectory(path)
  }

  makeDirectory(path: string): Promise<void> {
    return this.#of(path).makeDirectory(path)
  }

  /** Within one of the two: Kafka's files never leave their directory. */
  rename(from: string, to: string): Promise<void> {
    return this.#of(from).rename(from, to)
  }

  remove(path: string): Promise<void> {
    return this.#of(path).remove(path)
  }

  removeTree(path: string): Promise<void> {
    return this.#of(path).removeTree(path)
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return this.#of(path).setModified(path, modifiedMs)
  }

  syncDirectory(path: string): Promise<void> {
    return this.#of(path).syncDirectory(path)
  }

  lock(path: string): Promise<FileLock | null> {
    return this.#of(path).lock(path)
  }

  space(path: string): Promise<{ totalBytes: number; usableBytes: number }> {
    return this.#of(path).space(path)
  }

  #of(path: string): FileSystem {
    const isInside = path === this.#directory || path.startsWith(`${this.#directory}/`)
    return isInside ? this.#inside : this.#outside
  }
}
