import { posix, win32 } from 'node:path'
import t from 'tap'
import { shortPath } from '../../src/cli/short-path.ts'
import { stopSignals } from '../../src/cli/stop-signals.ts'
import { nodeClock } from '../../src/env/node/clock.ts'
import { NodeFileSystem } from '../../src/env/node/file-system.ts'
import { syncIfPossible, untilFree } from '../../src/env/node/platform.ts'
import {
  deletedDirectoryName,
  dirname,
  futureDirectoryName,
  joinPath,
  parsePartitionDirectoryName,
  partitionDirectoryName,
  SWAP_SUFFIX,
  segmentFileName,
  strayDirectoryName,
} from '../../src/log/files/file-names.ts'
import { fileSystemContract } from './file-system-contract.ts'

const errno = (code: string): Error => Object.assign(new Error(code), { code })

/** Fails with each of the codes in turn, then succeeds; and how often it was asked. */
function failing(...codes: string[]) {
  const work = async () => {
    work.calls++
    const code = codes.shift()
    if (code !== undefined) throw errno(code)
    return 'done'
  }
  work.calls = 0
  return work
}

t.test('Windows: a file that somebody looks at is renamed when they let go of it', async (t) => {
  const work = failing('EPERM', 'EBUSY', 'EACCES')
  t.equal(await untilFree('win32', work), 'done')
  t.equal(work.calls, 4)
})

t.test('Windows: no other failure is tried again', async (t) => {
  const work = failing('ENOSPC')
  await t.rejects(untilFree('win32', work), { code: 'ENOSPC' })
  t.equal(work.calls, 1)
})

for (const platform of ['linux', 'darwin'] as const) {
  t.test(`${platform}: a refusal is one`, async (t) => {
    const work = failing('EPERM')
    await t.rejects(untilFree(platform, work), { code: 'EPERM' })
    t.equal(work.calls, 1)
  })
}

t.test('a file system without fsync of directories is used without it', async (t) => {
  for (const code of ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP']) {
    await t.resolves(
      syncIfPossible(() => Promise.reject(errno(code))),
      code,
    )
  }
  for (const code of ['EIO', 'ENOSPC', 'ENOENT', 'EACCES']) {
    await t.rejects(
      syncIfPossible(() => Promise.reject(errno(code))),
      { code },
    )
  }
})

t.test('Windows: directories are not opened to be synced', async (t) => {
  const files = new NodeFileSystem(nodeClock, 'win32')
  await t.resolves(files.syncDirectory(joinPath(t.testdir(), 'absent')), 'nothing there is touched')
})

t.test('the file system of Windows, as far as its calls are those of this platform', (t) => {
  const files = new NodeFileSystem(nodeClock, 'win32')
  fileSystemContract(t, async () => ({ files, directory: t.testdir(), settle: (promise) => promise }))
  t.end()
})

t.test('Windows reads the paths that the log makes', (t) => {
  for (const root of ['C:\\kafka\\data', 'C:/kafka/data', '\\\\server\\share\\data', 'data']) {
    const partition = joinPath(root, partitionDirectoryName('orders', 0))
    const file = joinPath(partition, segmentFileName(0, '.log'))
    t.equal(win32.dirname(win32.normalize(file)), win32.normalize(partition), file)
    t.equal(win32.basename(win32.resolve(partition)), 'orders-0')
    t.equal(win32.normalize(dirname(file)), win32.normalize(partition), 'the parent of a file')
    t.equal(win32.normalize(dirname(partition)), win32.normalize(root), 'the parent of a partition')
  }
  t.end()
})

t.test('Windows allows the names of all files and directories', (t) => {
  const unique = Buffer.alloc(16, 0xab)
  const topic = 'a.b_c-D'
  const directories = [
    partitionDirectoryName(topic, 7),
    deletedDirectoryName(topic, 7, unique),
    strayDirectoryName(topic, 7, unique),
    futureDirectoryName(topic, 7, unique),
  ]
  for (const name of directories) {
    t.equal(parsePartitionDirectoryName(name)?.topic, topic, name)
    t.notMatch(name, /[<>:"/\\|?*]|[. ]$/)
  }
  t.notMatch(segmentFileName(2 ** 40, `.timeindex${SWAP_SUFFIX}`), /[<>:"/\\|?*]|[. ]$/)
  t.end()
})

t.test('paths for people', (t) => {
  t.equal(shortPath('/home/me/x/data', '/home/me/x', posix), './data')
  t.equal(shortPath('/home/me/xdata', '/home/me/x', posix), '/home/me/xdata')
  t.equal(shortPath('/home/me/x/..data', '/home/me/x', posix), './..data')
  t.equal(shortPath('./data', '/home/me/x', posix), './data')
  t.equal(shortPath('C:\\me\\x\\data\\a', 'C:\\me\\x', win32), './data/a')
  t.equal(shortPath('c:/me/x/data', 'C:\\me\\x', win32), './data', 'a drive has no case')
  t.equal(shortPath('D:\\data', 'C:\\me\\x', win32), 'D:\\data', 'another drive')
  t.end()
})

t.test('signals that stop a broker', (t) => {
  t.strictSame(stopSignals('linux'), ['SIGINT', 'SIGTERM'])
  t.strictSame(stopSignals('darwin'), ['SIGINT', 'SIGTERM'])
  t.strictSame(stopSignals('win32'), ['SIGINT', 'SIGHUP'], 'SIGTERM is not sent there, SIGHUP closes the console')
  t.end()
})
