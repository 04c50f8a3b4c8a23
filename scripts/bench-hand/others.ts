/** Others in the place of samsa, as far as they have the same: kfake, the mock cluster of librdkafka, Apache Kafka. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { median } from '../../compat-tests/bench/load/statistics.ts'
import { apacheBroker } from '../../compat-tests/support/apache.ts'
import { go } from '../toolchain/go.ts'
import { lastWords, repositoryRoot } from '../toolchain/lookup.ts'
import { python } from '../toolchain/python.ts'

/** Medians. What is absent, the other does not have. */
export interface Life {
  readonly startMs?: number
  readonly stopMs?: number
  readonly memoryMB?: number
  readonly rulesPercent?: number
}

const run = promisify(execFile)
const compatTests = join(repositoryRoot, 'compat-tests')

/** By name; a text says why one could not be measured. */
export const OTHERS: Readonly<Record<string, () => Promise<Life | string>>> = {
  kfake: async () => {
    const tool = await go()
    if (!tool.ok) return tool.reason
    const options = { cwd: compatTests, env: { ...process.env, ...tool.tool.env } }
    return JSON.parse((await run(tool.tool.path, ['run', './bench/hand/kfake'], options)).stdout)
  },
  "librdkafka's mock": async () => {
    const tool = await python()
    if (!tool.ok) return tool.reason
    return JSON.parse((await run(tool.tool.path, [join(compatTests, 'bench/hand/librdkafka_mock.py')])).stdout)
  },
  'Apache Kafka': async () => {
    const lives = 3
    const times: { startMs: number; stopMs: number; memoryMB: number }[] = []
    for (let life = 0; life < lives; life++) {
      const broker = await apacheBroker()
      const before = performance.now()
      await broker.start({ everyMs: 2 })
      const started = performance.now()
      const memoryMB = (await broker.residentBytes()) / 1e6
      const stopping = performance.now()
      await broker.stop()
      times.push({ startMs: started - before, stopMs: performance.now() - stopping, memoryMB })
      await broker.dispose()
    }
    return {
      startMs: median(times.map(({ startMs }) => startMs)),
      stopMs: median(times.map(({ stopMs }) => stopMs)),
      memoryMB: median(times.map(({ memoryMB }) => memoryMB)),
    }
  },
}

export async function measured(name: string): Promise<Life | string> {
  try {
    return (await OTHERS[name]?.()) ?? 'there is no such thing'
  } catch (error) {
    return lastWords(error)
  }
}
