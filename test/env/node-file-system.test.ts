import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { withoutNatives } from '../../protocol/records/native.ts'
import { nodeClock } from '../../src/env/node/clock.ts'
import { NodeFileSystem } from '../../src/env/node/file-system.ts'
import { fileSystemContract, write } from './file-system-contract.ts'

const files = new NodeFileSystem(nodeClock)

fileSystemContract(t, async () => ({ files, directory: t.testdir(), settle: (promise) => promise }))

/** Whether another process finds the file locked: Python's lockf is the same fcntl call as Java's FileChannel.lock. */
function lockedForOthers(path: string): boolean {
  const script = 'import fcntl, sys\nfcntl.lockf(open(sys.argv[1], "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
  const { status, stderr } = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' })
  if (status !== 0 && !stderr.includes('BlockingIOError')) throw new Error(stderr)
  return status !== 0
}

t.test(
  'a lock holds off other processes',
  {
    skip: withoutNatives
      ? 'without the native module a lock holds off samsa alone'
      : !hasPython() && 'python3 is not installed',
  },
  async (t) => {
    const path = `${t.testdir()}/.lock`
    const lock = await files.lock(path)
    t.ok(lockedForOthers(path))
    t.equal(await files.lock(path), null)
    t.ok(lockedForOthers(path), 'a vain attempt in the same process does not lose the lock')
    await lock?.release()
    t.notOk(lockedForOthers(path))
  },
)

function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0
}

t.test('a full disk', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, async (t) => {
  const full = await files.open('/dev/full', 'write')
  const first = write(full, 0, 'x')
  await t.rejects(first, { code: 'ENOSPC', message: 'cannot write to /dev/full: no space left on device (ENOSPC)' })
  await full.close()
})

t.test(
  'a directory that cannot be is an error, not an endless try',
  { skip: !existsSync('/proc/self') && 'there is no /proc here' },
  async (t) => {
    const message = 'cannot create /proc/x/y: no such file or directory (ENOENT)'
    await t.rejects(files.makeDirectory('/proc/x/y'), { code: 'ENOENT', message })
  },
)

t.test('a file in the way of a directory is an error', async (t) => {
  const directory = t.testdir({ file: '' })
  await t.rejects(files.makeDirectory(`${directory}/file`), { code: 'ENOTDIR' })
  await t.rejects(files.makeDirectory(`${directory}/file/below`), { code: 'ENOTDIR' })
})
