import type { Test } from 'tap'
import type { Environment, File, FileSystem, FileSystemError } from '../../src/env/index.ts'

/**
 * The promises of every `FileSystem`, the machine's and the simulated one. `directory` exists and is empty; `settle` lets
 * a simulated world run until the promise is settled.
 */
export interface FileSystemUnderTest {
  files: FileSystem
  directory: string
  settle<Result>(promise: Promise<Result>): Promise<Result>
}

export function write(file: File, position: number, ...texts: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(
      texts.map((text) => Buffer.from(text)),
      position,
      (error) => (error ? reject(error) : resolve()),
    )
  })
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'no error'
  } catch (error) {
    return (error as FileSystemError).code
  }
}

export async function readText(file: File, length: number, position: number): Promise<string> {
  const target = Buffer.alloc(length)
  return target.toString('latin1', 0, await file.read(target, 0, length, position))
}

export function fileSystemContract(t: Test, make: () => Promise<FileSystemUnderTest>): void {
  const check = (name: string, run: (t: Test, files: FileSystem, directory: string) => Promise<void>) =>
    t.test(name, async (t) => {
      const { files, directory, settle } = await make()
      await settle(run(t, files, directory))
    })

  check('a file keeps what was written where it was written', async (t, files, directory) => {
    const file = await files.open(`${directory}/a`, 'write')
    await write(file, 0, 'hello', ' ', 'world')
    await write(file, 6, 'there')
    t.equal(await file.sizeBytes(), 11)
    t.equal(await readText(file, 11, 0), 'hello there')
    t.equal(await readText(file, 100, 6), 'there', 'short at the end of the file')
    t.equal(await readText(file, 10, 50), '', 'empty behind it')
    await file.close()
    t.equal((await files.readFile(`${directory}/a`)).toString(), 'hello there')
  })

  check('a read goes to its place in the target', async (t, files, directory) => {
    const file = await files.open(`${directory}/a`, 'write')
    await write(file, 0, 'abcdef')
    const target = Buffer.alloc(8, '.')
    t.equal(await file.read(target, 2, 3, 1), 3)
    t.equal(target.toString(), '..bcd...')
    await file.close()
  })

  check('writing behind the end leaves zeros between', async (t, files, directory) => {
    const file = await files.open(`${directory}/a`, 'write')
    await write(file, 5, 'x')
    t.equal(await readText(file, 10, 0), '\0\0\0\0\0x')
    await file.close()
  })

  check('writes and truncations happen in the order of the calls', async (t, files, directory) => {
    const file = await files.open(`${directory}/a`, 'write')
    const done: string[] = []
    const note = (name: string) => () => void done.push(name)
    await Promise.all([
      write(file, 0, 'aaaaaaaa').then(note('1')),
      write(file, 4, 'bbbb').then(note('2')),
      file.truncate(6).then(note('3')),
      write(file, 6, 'cc').then(note('4')),
    ])
    t.strictSame(done, ['1', '2', '3', '4'])
    t.equal(await readText(file, 10, 0), 'aaaabbcc')
    await file.truncate(10)
    t.equal(await readText(file, 20, 0), 'aaaabbcc\0\0', 'a file grows with zeros')
    await file.sync()
    await file.close()
  })

  check('more buffers than one system call takes', async (t, files, directory) => {
    const file = await files.open(`${directory}/a`, 'write')
    const texts = Array.from({ length: 3000 }, (_, i) => `${i},`)
    await write(file, 0, ...texts)
    t.equal(await readText(file, 20000, 0), texts.join(''))
    await write(file, 0)
    await write(file, 0, '', '')
    t.equal(await file.sizeBytes(), texts.join('').length, 'and none at all')
    await file.close()
  })

  check('opening', async (t, files, directory) => {
    t.equal(await codeOf(files.open(`${directory}/none`, 'read')), 'ENOENT')
    t.equal(await codeOf(files.open(`${directory}/none/a`, 'write')), 'ENOENT')
    t.equal(await codeOf(files.readFile(`${directory}/none`)), 'ENOENT')
    const file = await files.open(`${directory}/a`, 'write')
    await write(file, 0, 'kept')
    await file.close()
    const again = await files.open(`${directory}/a`, 'write')
    t.equal(await again.sizeBytes(), 4, 'nothing is cut off')
    await again.close()
    const reader = await files.open(`${directory}/a`, 'read')
    t.equal(await readText(reader, 4, 0), 'kept')
    t.equal(await codeOf(write(reader, 0, 'x')), 'EBADF')
    await reader.close()
  })

  check('a closed file', async (t, files, directory) => {
    const file = await files.open(`${directory}/a`, 'write')
    const last = write(file, 0, 'last words')
    const synced = file.sync()
    await file.close()
    await file.close()
    await Promise.all([last, synced])
    t.equal((await files.readFile(`${directory}/a`)).toString(), 'last words', 'what was under way was done')
    t.equal(await codeOf(write(file, 0, 'x')), 'EBADF')
    t.equal(await codeOf(readText(file, 1, 0)), 'EBADF')
    t.equal(await codeOf(file.sync()), 'EBADF')
    t.equal(await codeOf(file.truncate(0)), 'EBADF')
    t.equal(await codeOf(file.sizeBytes()), 'EBADF')
  })

  check('directories', async (t, files, directory) => {
    await files.makeDirectory(`${directory}/d/e/f`)
    await files.makeDirectory(`${directory}/d/e/f`)
    await (await files.open(`${directory}/d/e/a`, 'write')).close()
    t.strictSame((await files.readDirectory(`${directory}/d/e`)).sort(), ['a', 'f'])
    t.equal(await codeOf(files.readDirectory(`${directory}/none`)), 'ENOENT')
    t.equal(await codeOf(files.readDirectory(`${directory}/d/e/a`)), 'ENOTDIR')
    await files.syncDirectory(`${directory}/d/e`)
    t.match(await files.stat(`${directory}/d`), { isDirectory: true })
    t.match(await files.stat(`${directory}/d/e/a`), { isDirectory: false, sizeBytes: 0 })
    t.equal(await files.stat(`${directory}/none`), null)
    await files.removeTree(`${directory}/d`)
    await files.removeTree(`${directory}/d`)
    t.equal(await files.stat(`${directory}/d`), null)
    t.strictSame(await files.readDirectory(directory), [])
  })

  check('renaming and removing', async (t, files, directory) => {
    const a = await files.open(`${directory}/a`, 'write')
    await write(a, 0, 'new')
    const b = await files.open(`${directory}/b`, 'write')
    await write(b, 0, 'old')
    await files.rename(`${directory}/a`, `${directory}/b`)
    t.equal((await files.readFile(`${directory}/b`)).toString(), 'new', 'replaces')
    t.equal(await readText(b, 3, 0), 'old', 'an open file lives on without a name')
    await write(a, 3, '!')
    t.equal((await files.readFile(`${directory}/b`)).toString(), 'new!', 'an open file follows its new name')
    await a.close()
    await b.close()
    t.equal(await codeOf(files.rename(`${directory}/none`, `${directory}/x`)), 'ENOENT')
    await files.makeDirectory(`${directory}/d`)
    await (await files.open(`${directory}/d/in`, 'write')).close()
    await files.rename(`${directory}/d`, `${directory}/moved`)
    t.strictSame(await files.readDirectory(`${directory}/moved`), ['in'])
    await files.remove(`${directory}/b`)
    await files.remove(`${directory}/b`)
    t.equal(await files.stat(`${directory}/b`), null)
  })

  check('a lock has one holder', async (t, files, directory) => {
    const path = `${directory}/.lock`
    const lock = await files.lock(path)
    t.ok(lock)
    t.equal(await files.lock(path), null)
    await lock?.release()
    await lock?.release()
    const again = await files.lock(path)
    t.ok(again, 'free after its release')
    t.equal(await files.lock(path), null, 'a second release of the first lock does not free the second')
    await again?.release()
  })

  check('space', async (t, files, directory) => {
    const { totalBytes, usableBytes } = await files.space(directory)
    t.ok(totalBytes >= usableBytes && usableBytes > 0)
    t.equal(await codeOf(files.space(`${directory}/none`)), 'ENOENT')
  })

  check('errors name the file and what was done to it', async (t, files, directory) => {
    const error: FileSystemError = await files.open(`${directory}/none`, 'read').catch((error) => error)
    t.match(error, { name: 'FileSystemError', code: 'ENOENT', path: `${directory}/none` })
    t.match(error.message, /^cannot open .*\/none: .* \(ENOENT\)$/)
  })
}

export type { Environment }
