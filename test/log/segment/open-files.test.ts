import { join } from 'node:path'
import t from 'tap'
import { temporaryDirectory } from '../../../proof/log/support.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { writeAll } from '../../../src/env/atomic-file.ts'
import type { FileSystem } from '../../../src/env/index.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { OpenFiles } from '../../../src/log/segment/open-files.ts'

t.test('many more files than may be open are used at once, and none is closed under its user', async (t) => {
  const directory = temporaryDirectory(t)
  const openFiles = new OpenFiles(nodeEnvironment().files, 4)
  const bytes = Buffer.from('x')
  const use = async (i: number) => {
    const path = join(directory, String(i % 20))
    await openFiles.with(path, 'write', (file) => writeAll(file, [bytes], Math.floor(i / 20)))
    return openFiles.with(path, 'read', (file) => file.read(Buffer.alloc(1), 0, 1, Math.floor(i / 20)))
  }
  const counts = await Promise.all(Array.from({ length: 200 }, (_, i) => use(i)))
  t.ok(counts.every((count) => count === 1))
  await openFiles.closeAll()
})

t.test('a file that cannot be closed harms nobody', async (t) => {
  let closed = 0
  const close = () => {
    closed++
    return Promise.reject(new Error('EIO'))
  }
  const openFiles = new OpenFiles(
    unchecked<FileSystem>({ open: async () => ({ close }), onDescriptorShortage: () => () => {} }),
    4,
  )
  await openFiles.with('pinned', 'read', async () => openFiles.forget('pinned'))
  await openFiles.with('kept', 'read', async () => {})
  await openFiles.closeAll()
  t.equal(closed, 2)
})

t.test('when descriptors run short, files that nobody uses are closed', async (t) => {
  const opened: string[] = []
  const closed: string[] = []
  let shortage = async () => {}
  const files = unchecked<FileSystem>({
    open: async (path: string) => {
      opened.push(path)
      return { close: async () => void closed.push(path) }
    },
    onDescriptorShortage: (closeIdle: () => Promise<void>) => {
      shortage = closeIdle
      return () => {
        shortage = async () => {}
      }
    },
  })
  const openFiles = new OpenFiles(files, 10)
  for (const path of ['a', 'b']) await openFiles.with(path, 'read', async () => {})
  await openFiles.with('c', 'read', async () => {
    await shortage()
    t.same(closed, ['a', 'b'])
  })
  await openFiles.with('a', 'read', async () => {})
  t.same(opened, ['a', 'b', 'c', 'a'])
  await openFiles.closeAll()
  await shortage()
  t.same(closed, ['a', 'b', 'c', 'a'])
})
