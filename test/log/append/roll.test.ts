/** The ends of a segment besides its size: time with jitter, full indexes, offsets that would not fit. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { append, appendAsGiven, openLog, readValues, records, temporaryDirectory } from '../../../proof/log/support.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'

const baseOffsets = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)

t.test('time, less what segment.jitter.ms has drawn, also for a segment that was opened', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const real = nodeEnvironment()
  const random = { bytes: (length: number) => real.random.bytes(length), integer: (below: number) => below - 1 }
  const environment = { ...real, random } as typeof real
  const config = { segmentMs: 1000, segmentJitterMs: 500 }
  const at = (ms: number) => records(['x'], {}, 1_700_000_000_000 + ms)
  const log = await openLog({ directory, environment, config })
  for (const ms of [0, 501]) await append(log, at(ms))
  t.same(baseOffsets(directory), [0], '501 ms is not beyond 1000 - 499')
  await append(log, at(502))
  t.same(baseOffsets(directory), [0, 2])
  await log.close()
  const again = await openLog({ directory, environment, config })
  await append(again, at(502 + 501))
  t.same(baseOffsets(directory), [0, 2])
  await append(again, at(502 + 502))
  t.same(baseOffsets(directory), [0, 2, 4])
  await again.close()
})

t.test('an index that is full', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const config = { segmentIndexBytes: 48, indexIntervalBytes: 0 }
  const log = await openLog({ directory, config })
  const values = Array.from({ length: 20 }, (_, i) => `v${i}`)
  for (const [i, value] of values.entries()) await append(log, records([value], {}, 1_700_000_000_000 + i))
  t.ok(baseOffsets(directory).length > 4)
  t.same(await readValues(log), values)
  await log.close()
  const indexes = readdirSync(directory).filter((name) => name.endsWith('index'))
  for (const name of indexes) t.ok(statSync(join(directory, name)).size <= 48, name)
})

t.test('offsets that an index of the segment could not say', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { indexIntervalBytes: 0 } })
  const last = 2 ** 31 - 1
  for (const baseOffset of [0, last - 1, last]) {
    await appendAsGiven(log, records(['x'], { baseOffset, partitionLeaderEpoch: 0 }))
  }
  t.same(baseOffsets(directory), [0])
  await appendAsGiven(log, records(['x'], { baseOffset: last + 1, partitionLeaderEpoch: 0 }))
  t.same(baseOffsets(directory), [0, last + 1])
  t.equal((await readValues(log)).length, 4)
  await log.close()
})
