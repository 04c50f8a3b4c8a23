/**
 * Names, directories and files as a POSIX file system has them, and its errors. What is in a file is the business of
 * those who make trees of it: the file system in memory, and the simulated disk with its page cache and its losses.
 */
import { FileSystemError } from '../file-system.ts'

/** The words of libc for the errors that occur here. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  EBADF: 'bad file descriptor',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EROFS: 'read-only file system',
}

export function diskError(code: string, verb: string, path: string): FileSystemError {
  return new FileSystemError(code, path, `cannot ${verb} ${path}: ${DESCRIPTIONS[code] ?? 'failed'} (${code})`)
}

export interface FileInode {
  readonly kind: 'file'
  readonly sizeBytes: number
  modifiedMs: number
}

export class DirectoryInode<File extends FileInode> {
  readonly kind = 'directory'
  readonly entries = new Map<string, Inode<File>>()
  modifiedMs = 0
}

export type Inode<File extends FileInode> = File | DirectoryInode<File>

/** One name that came, went or changed its file. A rename is two of them that are never seen apart. */
export interface NameChange<File extends FileInode> {
  readonly directory: DirectoryInode<File>
  readonly name: string
  readonly inode: Inode<File> | undefined
}

export abstract class FileTree<File extends FileInode> {
  readonly root = new DirectoryInode<File>()
  readonly #locked = new Set<Inode<File>>()

  protected abstract nowMs(): number
  protected abstract newFile(): File
  /** Names have changed, together. */
  protected changed(_changes: readonly NameChange<File>[]): void {}
  /** No name leads to the file any more. */
  protected freed(_file: File): void {}

  find(path: string): Inode<File> | undefined {
    let inode: Inode<File> | undefined = this.root
    for (const name of namesOf(path)) inode = isDirectory(inode) ? inode.entries.get(name) : undefined
    return inode
  }

  fileAt(path: string, verb: string): File {
    const inode = this.find(path)
    if (inode === undefined) throw diskError('ENOENT', verb, path)
    if (isDirectory(inode)) throw diskError('EISDIR', verb, path)
    return inode
  }

  directoryAt(path: string, verb: string): DirectoryInode<File> {
    const inode = this.find(path)
    if (inode === undefined) throw diskError('ENOENT', verb, path)
    if (!isDirectory(inode)) throw diskError('ENOTDIR', verb, path)
    return inode
  }

  /** The file at `path`, made when there is none. */
  create(path: string, verb: string): File {
    if (this.find(path) !== undefined) return this.fileAt(path, verb)
    const file = this.newFile()
    file.modifiedMs = this.nowMs()
    this.#change([{ ...this.#place(path, verb), inode: file }])
    return file
  }

  makeDirectory(path: string): void {
    let directory = this.root
    for (const name of namesOf(path)) {
      const inode: Inode<File> = directory.entries.get(name) ?? new DirectoryInode<File>()
      if (!isDirectory(inode)) throw diskError('ENOTDIR', 'create', path)
      if (!directory.entries.has(name)) this.#change([{ directory, name, inode }])
      directory = inode
    }
  }

  rename(from: string, to: string): void {
    const inode = this.find(from)
    const verb = `rename to ${to}`
    if (inode === undefined) throw diskError('ENOENT', verb, from)
    const target = this.#place(to, verb)
    const replaced = target.directory.entries.get(target.name)
    if (replaced === inode) return
    if (isDirectory(replaced)) {
      if (!isDirectory(inode)) throw diskError('EISDIR', verb, from)
      if (replaced.entries.size > 0) throw diskError('ENOTEMPTY', verb, from)
    } else if (replaced && isDirectory(inode)) throw diskError('ENOTDIR', verb, from)
    this.#change([
      { ...target, inode },
      { ...this.#place(from, verb), inode: undefined },
    ])
    if (replaced && !isDirectory(replaced)) this.freed(replaced)
  }

  remove(path: string): void {
    const inode = this.find(path)
    if (inode === undefined) return
    if (isDirectory(inode)) throw diskError('EISDIR', 'remove', path)
    this.unlink(path)
    this.freed(inode)
  }

  /** One entry at a time from the leaves up, as it is done: a crash may leave a part of the tree. */
  removeTree(path: string): void {
    const inode = this.find(path)
    if (isDirectory(inode)) {
      for (const name of [...inode.entries.keys()]) this.removeTree(`${path}/${name}`)
      if (inode !== this.root) this.unlink(path)
    } else this.remove(path)
  }

  /** Takes the name away, whatever it stands for. */
  protected unlink(path: string): void {
    this.#change([{ ...this.#place(path, 'remove'), inode: undefined }])
  }

  /** false when somebody holds it. */
  lock(file: File): boolean {
    if (this.#locked.has(file)) return false
    this.#locked.add(file)
    return true
  }

  unlock(file: File): void {
    this.#locked.delete(file)
  }

  unlockAll(): void {
    this.#locked.clear()
  }

  /** Paths of all files, in a fixed order. */
  listFiles(path = '', directory = this.root): string[] {
    const names = [...directory.entries.keys()].sort()
    return names.flatMap((name) => {
      const inode = directory.entries.get(name)
      return isDirectory(inode) ? this.listFiles(`${path}/${name}`, inode) : [`${path}/${name}`]
    })
  }

  #place(path: string, verb: string): { directory: DirectoryInode<File>; name: string } {
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined) throw diskError('EISDIR', verb, path)
    let inode: Inode<File> | undefined = this.root
    for (const each of names) {
      if (!isDirectory(inode)) throw diskError('ENOTDIR', verb, path)
      inode = inode.entries.get(each)
      if (inode === undefined) throw diskError('ENOENT', verb, path)
    }
    if (!isDirectory(inode)) throw diskError('ENOTDIR', verb, path)
    return { directory: inode, name }
  }

  #change(changes: readonly NameChange<File>[]): void {
    for (const change of changes) {
      applyName(change.directory.entries, change)
      change.directory.modifiedMs = this.nowMs()
    }
    this.changed(changes)
  }
}

/** Puts one change of a name into a map of names. */
export function applyName<File extends FileInode>(
  entries: Map<string, Inode<File>>,
  { name, inode }: NameChange<File>,
): void {
  if (inode) entries.set(name, inode)
  else entries.delete(name)
}

export function isDirectory<File extends FileInode>(inode: Inode<File> | undefined): inode is DirectoryInode<File> {
  return inode instanceof DirectoryInode
}

function namesOf(path: string): string[] {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}
