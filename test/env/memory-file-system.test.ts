import t from 'tap'
import { MemoryDisk } from '../../src/env/memory/memory-disk.ts'
import { MemoryFileSystem } from '../../src/env/memory/memory-file-system.ts'
import { MountedFiles } from '../../src/env/memory/mounted-files.ts'
import { PAGE_BYTES, Pages } from '../../src/env/memory/pages.ts'
import { fileSystemContract, readText, write } from './file-system-contract.ts'

const NOW_MS = 1_750_000_000_000

function emptyDisk(capacityBytes?: number) {
  const disk = new MemoryDisk(() => NOW_MS, capacityBytes)
  const files = new MemoryFileSystem(disk)
  return { disk, files }
}

t.test('the contract', async (t) => {
  fileSystemContract(t, async () => {
    const { files } = emptyDisk()
    await files.makeDirectory('/data')
    return { files, directory: '/data', settle: (promise) => promise }
  })
})

t.test('a clone has the content of its moment, and the two go apart from there', async (t) => {
  const { disk, files } = emptyDisk()
  await files.makeDirectory('/data/sub')
  const file = await files.open('/data/sub/a', 'write')
  await write(file, 0, 'both')
  const clone = new MemoryFileSystem(disk.clone())
  await write(file, 0, 'left')
  await write(file, 4, ' and more')
  const other = await clone.open('/data/sub/a', 'write')
  t.equal(await readText(other, 100, 0), 'both')
  await write(other, 4, '.')
  await files.remove('/data/sub/a')
  t.equal((await clone.readFile('/data/sub/a')).toString(), 'both.')
  t.equal(await readText(file, 100, 0), 'left and more', 'who has it open may go on reading what was removed')
})

t.test('a clone costs its names, not its bytes', async (t) => {
  const { disk, files } = emptyDisk()
  const file = await files.open('/big', 'write')
  const chunk = Buffer.alloc(PAGE_BYTES * 16, 'x')
  for (let at = 0; at < 64 * chunk.length; at += chunk.length) {
    await new Promise((resolve) => file.write([chunk], at, resolve))
  }
  const before = process.memoryUsage().arrayBuffers
  const clones = Array.from({ length: 20 }, () => disk.clone())
  t.ok(process.memoryUsage().arrayBuffers - before < chunk.length, 'twenty clones of 64 MB')
  t.equal(clones.length, 20)
})

t.test('a full disk refuses what does not fit, and takes it when there is room again', async (t) => {
  const { disk, files } = emptyDisk(10)
  const file = await files.open('/a', 'write')
  await write(file, 0, '12345678')
  const refused = { code: 'ENOSPC', message: 'cannot write to /a: no space left on device (ENOSPC)' }
  await t.rejects(write(file, 8, 'abc'), refused)
  t.equal(disk.usableBytes, 2)
  await file.truncate(0)
  await write(file, 0, 'abc')
  await files.rename('/a', '/b')
  await files.remove('/b')
  t.same(await files.space('/'), { totalBytes: 10, usableBytes: 10 })
})

t.test('pages hold what a plain buffer would hold, whatever is shared in between', async (t) => {
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const most = PAGE_BYTES * 3
  const all: { pages: Pages; model: Buffer }[] = [
    { pages: Pages.of(Buffer.from('start')), model: Buffer.from('start') },
  ]
  for (let step = 0; step < 600; step++) {
    const at = random(all.length)
    const { pages, model } = all[at]!
    const action = random(10)
    if (action < 6) {
      const bytes = Buffer.alloc(1 + random(action < 3 ? 300 : PAGE_BYTES), step % 255)
      const position = random(most - bytes.length)
      pages.write(bytes, position)
      const grown = Buffer.alloc(Math.max(model.length, position + bytes.length))
      model.copy(grown)
      bytes.copy(grown, position)
      all[at]!.model = grown
    } else if (action < 8) {
      const size = random(most)
      pages.truncate(size)
      const cut = Buffer.alloc(size)
      model.copy(cut)
      all[at]!.model = cut
    } else if (all.length < 6) all.push({ pages: pages.share(), model })
    else all.splice(at, 1)
  }
  for (const { pages, model } of all) {
    t.ok(pages.content().equals(model))
    const part = Buffer.alloc(1000, '?')
    const count = pages.read(part, 100, 500, Math.max(0, model.length - 300))
    t.equal(count, Math.min(model.length, 300))
  }
})

t.test('mounted at a directory: what lies elsewhere is the of the machine', async (t) => {
  const [memory, machine] = [
    new MemoryFileSystem(new MemoryDisk(() => 1)),
    new MemoryFileSystem(new MemoryDisk(() => 2)),
  ]
  const files = new MountedFiles('/memory', memory, machine)
  await files.makeDirectory('/memory/orders-0')
  await files.makeDirectory('/memory-of-others')
  await (await files.open('/server.properties', 'write')).close()
  t.same(
    [await memory.readDirectory('/'), await machine.readDirectory('/')].map((names) => names.sort()),
    [['memory'], ['memory-of-others', 'server.properties']],
  )
  t.ok(await files.stat('/memory'))
  await files.rename('/server.properties', '/other.properties')
  t.equal(await files.stat('/server.properties'), null)
  await files.removeTree('/memory')
  t.equal(await memory.stat('/memory'), null)
})
