import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, fill, withTopic } from '../bench-case.ts'
import type { ConsumeJob } from '../load/consume.ts'
import type { Product, Target } from '../targets.ts'

const run = promisify(execFile)
const recordBytes = 1_000
const tailBytes = 32e6
const withFloor: readonly Product[] = [...brokers, 'floor']

/** Fills a topic and reads from it; offsets are taken for bytes, which at 1 KB a record they nearly are in thousands. */
function consumeCase(options: {
  name: string
  words: string
  isQuick: boolean
  products: readonly Product[]
  shape(filledBytes: number): Pick<ConsumeJob, 'consumers' | 'fromOffset' | 'warmUpBytes' | 'bytes'>
  beforeReading?(target: Target): Promise<void>
}): BenchCase {
  return {
    ...options,
    run: (target: Target, bench: Bench): Promise<Metrics> =>
      withTopic(target, bench, 1, async (topic) => {
        const filledBytes = bench.scale.bytes
        const about = { port: target.port, brokerPid: target.pid, topic }
        await fill(target, bench, topic, filledBytes)
        await options.beforeReading?.(target)
        const toOffset = filledBytes / recordBytes
        const measured = await bench.load.run('consume', {
          ...about,
          partition: 0,
          toOffset,
          ...options.shape(filledBytes),
        })
        return { ...measured }
      }),
  }
}

export const consumeCases: BenchCase[] = [
  consumeCase({
    name: 'consume/tail',
    words: 'the newest 32 MB, by 2 consumers',
    isQuick: true,
    products: withFloor,
    shape: (filled) => ({
      consumers: 2,
      fromOffset: (filled - tailBytes) / recordBytes,
      warmUpBytes: filled / 2,
      bytes: filled * 2,
    }),
  }),
  consumeCase({
    name: 'consume/catch-up',
    words: 'from the beginning, pages in memory, by 2 consumers',
    isQuick: true,
    products: withFloor,
    shape: (filled) => ({ consumers: 2, fromOffset: 0, warmUpBytes: filled / 2, bytes: filled * 2 }),
  }),
  consumeCase({
    name: 'consume/cold',
    words: 'from the beginning, pages dropped from memory, by 1 consumer',
    isQuick: false,
    products: brokers,
    shape: (filled) => ({ consumers: 1, fromOffset: 0, warmUpBytes: 0, bytes: filled * 0.98 }),
    beforeReading: ({ dataDirectory }) => dropPages(dataDirectory),
  }),
]

/** Writes files out and has the system forget their pages (posix_fadvise, which dd offers and any user may). */
async function dropPages(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true })
  for (const name of names.filter((one) => one.endsWith('.log'))) {
    const file = join(directory, name)
    await run('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
    await run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'])
  }
}
