import { join } from 'node:path'
import t from 'tap'
import { append, openLog, readValues, records, temporaryDirectory } from '../../../proof/log/support.ts'
import { IndexMemory, type LoadedIndex } from '../../../src/log/segment/index-memory.ts'

/** An index of so many bytes, which is in memory until it is told to go. */
function indexOf(memoryBytes: number): LoadedIndex & { isLoaded: boolean } {
  return {
    memoryBytes,
    isLoaded: true,
    unload() {
      this.isLoaded = false
      return true
    },
  }
}

t.test('the least recently used go first, and those that somebody holds stay', async (t) => {
  const memory = new IndexMemory(25)
  const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, () => indexOf(10))
  memory.add(first)
  memory.add(second)
  memory.touch(first)
  memory.add(third)
  t.same(
    [first, second, third].map(({ isLoaded }) => isLoaded),
    [true, false, true],
  )

  await memory.holding([first], async () => {
    await memory.holding([first], async () => memory.add(fourth))
    t.same(
      [first, third, fourth].map(({ isLoaded }) => isLoaded),
      [true, false, true],
    )
  })
  memory.add(fifth)
  t.same(
    [first, fourth, fifth].map(({ isLoaded }) => isLoaded),
    [false, true, true],
  )
})

// Two readers that took each other's indexes out of a memory that had no room for all kept a broker from starting on the
// files of one that was killed: Apache's indexes are ten megabytes of zeros until it stops.
t.test('readers of old segments come to an end however little memory there is for indexes', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const config = { segmentBytes: 200, indexIntervalBytes: 0 }
  const log = await openLog({ directory, config })
  const values = Array.from({ length: 20 }, (_, i) => `value-${i}`)
  await Promise.all(values.map((value) => append(log, records([value]))))
  await log.close()
  const again = await openLog({ directory, config, context: { indexMemoryBytes: 1, tailCacheBytes: 0 } })
  const read = await Promise.all(values.map((_, offset) => readValues(again, offset)))
  t.same(
    read,
    values.map((_, offset) => values.slice(offset)),
  )
  await again.close()
})
