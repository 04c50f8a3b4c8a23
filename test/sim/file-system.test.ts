import t from 'tap'
import { type SimNode, World } from '../../proof/sim/world.ts'
import type { File, FileSystem } from '../../src/env/index.ts'
import { fileSystemContract, readText, write } from '../env/file-system-contract.ts'

/** A world with one node that does nothing by itself. */
function worldWithNode(seed: number | string): { world: World; node: SimNode; files: () => FileSystem } {
  const world = new World(seed)
  const node = world.spawn('node', () => {})
  return { world, node, files: () => node.process.environment.files }
}

/** Writes, crashes, starts again and reads, once for each seed; tells which contents were found. */
async function contentsAfterCrash(
  mode: 'kill' | 'power',
  prepare: (files: FileSystem, node: SimNode) => Promise<void>,
): Promise<Set<string | null>> {
  const found = new Set<string | null>()
  for (let seed = 0; seed < 100; seed++) {
    const { world, node, files } = worldWithNode(seed)
    await world.settle(prepare(files(), node))
    node.crash(mode)
    node.start()
    const content = await world.settle(
      files()
        .readFile('/a')
        .catch(() => null),
    )
    found.add(content === null ? null : shortened(content))
  }
  return found
}

/** "aaaaaaaaaabc" is "ax10bc". */
function shortened(content: Buffer): string {
  return content.toString('latin1').replace(/(.)\1{9,}/g, (run, each) => `${each}x${run.length}`)
}

for (const seed of [1, 2, 3]) {
  t.test(`the contract, seed ${seed}`, async (t) => {
    fileSystemContract(t, async () => {
      const { world, files } = worldWithNode(seed)
      await world.settle(files().makeDirectory('/data'))
      return { files: files(), directory: '/data', settle: (promise) => world.settle(promise) }
    })
  })
}

t.test('a killed process leaves what it wrote; a loss of power takes what was not synced', async (t) => {
  const prepare = async (files: FileSystem) => {
    const file = await files.open('/a', 'write')
    await write(file, 0, 'old')
    await file.sync()
    await files.syncDirectory('/')
    await write(file, 0, 'new')
  }
  t.strictSame(await contentsAfterCrash('kill', prepare), new Set(['new']))
  t.strictSame(await contentsAfterCrash('power', prepare), new Set(['old', 'new']))
})

t.test('pages are lost one by one, torn between sectors, and leave zeros', async (t) => {
  const found = await contentsAfterCrash('power', async (files) => {
    const file = await files.open('/a', 'write')
    await files.syncDirectory('/')
    await write(file, 0, 'a'.repeat(4096))
    await write(file, 4096, 'b'.repeat(4096))
  })
  t.ok(found.has(''), 'neither')
  t.ok(found.has('ax4096'), 'the first only')
  t.ok(found.has('ax4096bx4096'), 'both')
  t.ok(found.has('\0x4096bx4096'), 'the second only')
  t.ok(
    [...found].some((content) => content?.includes('ax512')),
    'a torn one',
  )
})

t.test('a synced file is kept, whatever happens', async (t) => {
  const prepare = async (files: FileSystem) => {
    const file = await files.open('/a', 'write')
    write(file, 0, 'x'.repeat(10_000)).catch(() => {})
    await file.sync()
    await files.syncDirectory('/')
  }
  t.strictSame(await contentsAfterCrash('power', prepare), new Set(['xx10000']))
  t.strictSame(await contentsAfterCrash('kill', prepare), new Set(['xx10000']))
})

t.test('names are durable only once their directory is synced, and a rename is all or nothing', async (t) => {
  const create = async (files: FileSystem, syncs: boolean) => {
    const file = await files.open('/a.tmp', 'write')
    await write(file, 0, 'new')
    await file.sync()
    await files.rename('/a.tmp', '/a')
    if (syncs) await files.syncDirectory('/')
  }
  t.strictSame(await contentsAfterCrash('power', (files) => create(files, false)), new Set([null, 'new']))
  t.strictSame(await contentsAfterCrash('power', (files) => create(files, true)), new Set(['new']))
  t.strictSame(await contentsAfterCrash('kill', (files) => create(files, false)), new Set(['new']))
})

t.test('a truncation that was not synced may come undone, without mixing old and new', async (t) => {
  const found = await contentsAfterCrash('power', async (files) => {
    const file = await files.open('/a', 'write')
    await write(file, 0, 'a'.repeat(20))
    await file.sync()
    await files.syncDirectory('/')
    await file.truncate(10)
    await write(file, 10, 'b'.repeat(10))
  })
  const allowed = new Set(['ax20', 'ax10', 'ax10bx10', 'ax10\0x10'])
  for (const content of found) t.ok(content !== null && allowed.has(content), JSON.stringify(content))
  t.ok(found.size >= 3)
})

t.test('a process killed while it writes leaves a part', async (t) => {
  const lengths = new Set<number>()
  for (let effects = 1; effects <= 40; effects++) {
    const { world, node, files } = worldWithNode(`tear ${effects}`)
    node.crashAfter(effects, 'kill')
    const work = async () => {
      const file = await files().open('/a', 'write')
      for (let i = 0; i < 20; i++) await write(file, i * 10, '0123456789')
    }
    work().catch(() => {})
    await world.runUntil(() => !node.isUp, 'the crash')
    node.start()
    const content = await world.settle(
      files()
        .readFile('/a')
        .catch(() => Buffer.from('')),
    )
    t.equal(content.toString(), '0123456789'.repeat(20).slice(0, content.length))
    lengths.add(content.length % 10)
  }
  t.ok(lengths.size > 5, 'torn at many places')
})

t.test('nothing of a dead process happens', async (t) => {
  const { world, node, files } = worldWithNode(1)
  const environment = node.process.environment
  const file = await world.settle(files().open('/a', 'write'))
  node.crash('kill')
  const heard: string[] = []
  file.write([Buffer.from('ghost')], 0, () => heard.push('write'))
  environment.clock.schedule(1, () => heard.push('timer'))
  environment.clock.defer(() => heard.push('defer'))
  environment.files.open('/b', 'write').then(() => heard.push('open'))
  await world.runFor(1000)
  t.strictSame(heard, [])
  t.strictSame(node.disk.listFiles(), ['/a'])
  node.start()
  t.ok(await world.settle(files().lock('/lock')), 'its locks are free')
})

t.test('a failed sync cannot be mended by another', async (t) => {
  const found = await contentsAfterCrash('power', async (files, node) => {
    const file = await files.open('/a', 'write')
    await files.syncDirectory('/')
    await write(file, 0, 'lost')
    node.disk.failNext('sync', 'EIO')
    await t.rejects(file.sync(), { code: 'EIO', message: 'cannot sync /a: i/o error (EIO)' })
    await file.sync()
    t.equal(await readText(file, 4, 0), 'lost', 'though it can still be read')
  })
  t.ok(found.has('\0\0\0\0'))
})

t.test('a full disk takes a part of the write', async (t) => {
  const { world, node, files } = worldWithNode(1)
  node.disk.capacityBytes = 1000
  const work = async () => {
    const file = await files().open('/a', 'write')
    await write(file, 0, 'a'.repeat(900))
    await t.rejects(write(file, 900, 'b'.repeat(200)), {
      code: 'ENOSPC',
      message: 'cannot write to /a: no space left on device (ENOSPC)',
    })
    t.equal(await file.sizeBytes(), 1000)
    await file.truncate(900)
    t.match(await files().space('/'), { totalBytes: 1000, usableBytes: 100 })
    await write(file, 900, 'b'.repeat(100))
    await files().remove('/a')
    t.match(await files().space('/'), { usableBytes: 1000 })
  }
  await world.settle(work())
})

t.test('a failure fails what is queued behind it, not what comes after', async (t) => {
  const { world, node, files } = worldWithNode(1)
  node.disk.inlineWrites = 0
  const outcome = (name: string, promise: Promise<void>) =>
    promise.then(
      () => `${name} done`,
      (error) => `${name} ${error.code}`,
    )
  const work = async () => {
    const file: File = await files().open('/a', 'write')
    node.disk.failNext('write', 'EIO')
    const outcomes = [outcome('1', write(file, 0, 'x')), outcome('2', write(file, 1, 'y'))]
    t.strictSame(await Promise.all(outcomes), ['1 EIO', '2 EIO'])
    t.equal(await outcome('3', write(file, 0, 'z')), '3 done')
  }
  await world.settle(work())
})

t.test('bits rot', async (t) => {
  const { world, node, files } = worldWithNode(1)
  await world.settle(
    files()
      .open('/a', 'write')
      .then((file) => write(file, 0, 'healthy')),
  )
  node.disk.flipBit('/a', world.random)
  const content = await world.settle(files().readFile('/a'))
  t.equal(content.length, 7)
  t.not(content.toString('latin1'), 'healthy')
})
