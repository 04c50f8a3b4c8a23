import { join } from 'node:path'
import t from 'tap'
import { append, openLog, records, temporaryDirectory } from '../../proof/log/support.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { invariantFailures } from '../../src/env/invariant.ts'
import { release, retain, SlabPool } from '../../src/env/slab-pool.ts'

t.test('a log whose end would go back ends there, and its directory does not', async (t) => {
  let hasDirectoryFailed = false
  const directory = join(temporaryDirectory(t), 't-0')
  const onFailure = () => {
    hasDirectoryFailed = true
  }
  const log = await openLog({ directory, onFailure })
  await append(log, records(['a', 'b']))
  log.state.logEndOffset = 7
  await t.rejects(append(log, records(['c'])), { code: ErrorCode.KAFKA_STORAGE_ERROR })
  t.equal(log.offline, true)
  t.equal(hasDirectoryFailed, false)
  t.equal(invariantFailures().get('log'), 1)
  await t.rejects(append(log, records(['d'])), { code: ErrorCode.KAFKA_STORAGE_ERROR })
})

t.test('a slab that is released too often is never used again', async (t) => {
  const pool = new SlabPool(64)
  const first = pool.reserve(64)
  const again = pool.reserve(64)
  retain(first)
  release(first)
  release(first)
  const reused = pool.reserve(64)
  t.equal(reused.buffer, first.buffer, 'one that nobody looks at is')
  release(again)
  release(again)
  t.equal(invariantFailures().get('slab'), 1)
  const others = [pool.reserve(64), pool.reserve(64), pool.reserve(64)]
  t.notOk(others.some((bytes) => bytes.buffer === again.buffer))
})
