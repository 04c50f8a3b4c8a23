import assert from 'node:assert/strict'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { type ConnectRest, caseDirectory, type Properties, restListener, Worker, writeProperties } from './worker.ts'

const converters: Properties = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'offset.flush.interval.ms': '500',
}

export const fileCases = (libraries: JavaLibraries): Case[] => [
  {
    name: 'standalone: a file into a topic into a file, on after a stop',
    timeoutMs: 180_000,
    run: (context) => standalone(libraries, context),
  },
  {
    name: 'distributed: exactly once from a file, one of two workers is killed, then the broker',
    timeoutMs: 240_000,
    run: (context) => distributed(libraries, context),
  },
]

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `line-${String(from + i).padStart(5, '0')}`)

const linesOf = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

const source = (input: string, topic: string): Properties => ({
  name: 'source',
  'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  file: input,
  topic,
})

const sink = (output: string, topics: string): Properties => ({
  name: 'sink',
  'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  file: output,
  topics,
})

async function standalone(libraries: JavaLibraries, context: CaseContext): Promise<void> {
  const directory = await caseDirectory(context)
  const topic = context.unique('connect')
  const [input, output] = ['input.txt', 'output.txt'].map((name) => join(directory, name))
  const { listener } = await restListener()
  const files = [
    await writeProperties(join(directory, 'worker.properties'), {
      ...converters,
      'bootstrap.servers': context.broker.bootstrapServers,
      'offset.storage.file.filename': join(directory, 'offsets'),
      listeners: listener,
    }),
    await writeProperties(join(directory, 'source.properties'), source(input, topic)),
    await writeProperties(join(directory, 'sink.properties'), sink(output, topic)),
  ]
  const start = () =>
    Worker.start(libraries, context, directory, ['org.apache.kafka.connect.cli.ConnectStandalone', ...files])
  await writeFile(input, text(numbered(0, 1_000)))
  const first = await start()
  await first.until('1,000 lines', async () => (await linesOf(output)).length >= 1_000)
  await first.kill('SIGTERM')
  await appendFile(input, text(numbered(1_000, 2_000)))
  const second = await start()
  await second.until('2,000 lines', async () => (await linesOf(output)).length >= 2_000)
  assert.deepEqual(await linesOf(output), numbered(0, 2_000))
}

async function distributed(libraries: JavaLibraries, context: CaseContext): Promise<void> {
  const directory = await caseDirectory(context)
  const topic = context.unique('connect')
  const [input, output] = ['input.txt', 'output.txt'].map((name) => join(directory, name))
  const group = context.unique('connect-cluster')
  await writeFile(input, text(numbered(0, 1_000)))
  const first = await distributedWorker(libraries, context, directory, group)
  const second = await distributedWorker(libraries, context, directory, group)
  await first.worker.until('the first worker is ready', () =>
    first.rest.put('/connectors/source/config', source(input, topic)),
  )
  await first.worker.until('the sink', () => first.rest.put('/connectors/sink/config', sink(output, topic)))
  await first.worker.until('1,000 lines', async () => (await linesOf(output)).length >= 1_000)
  await second.worker.until('the second worker runs something', () => runsAt(second.rest, second.address))
  await first.worker.kill('SIGKILL')
  await appendFile(input, text(numbered(1_000, 2_000)))
  const outlives = (count: number) => async () => new Set(await linesOf(output)).size >= count
  await second.worker.until('2,000 lines after the end of a worker', outlives(2_000))
  await context.broker.restart()
  await appendFile(input, text(numbered(2_000, 3_000)))
  await second.worker.until('3,000 lines after the end of the broker', outlives(3_000), 90_000)
  // The sink repeats what it had written and not committed; the source, exactly once, repeats nothing.
  assert.deepEqual([...new Set(await linesOf(output))], numbered(0, 3_000))
}

async function distributedWorker(libraries: JavaLibraries, context: CaseContext, directory: string, group: string) {
  const { rest, listener } = await restListener()
  const file = await writeProperties(join(directory, `${context.unique('worker')}.properties`), {
    ...converters,
    'bootstrap.servers': context.broker.bootstrapServers,
    'group.id': group,
    'config.storage.topic': `${group}-configs`,
    'offset.storage.topic': `${group}-offsets`,
    'status.storage.topic': `${group}-status`,
    'config.storage.replication.factor': '1',
    'offset.storage.replication.factor': '1',
    'status.storage.replication.factor': '1',
    'offset.storage.partitions': '5',
    'exactly.once.source.support': 'enabled',
    'scheduled.rebalance.max.delay.ms': '0',
    'session.timeout.ms': '6000',
    'heartbeat.interval.ms': '500',
    listeners: listener,
  })
  const main = 'org.apache.kafka.connect.cli.ConnectDistributed'
  const worker = await Worker.start(libraries, context, directory, [main, file])
  return { worker, rest, address: new URL(listener).host }
}

interface Status {
  connector: { worker_id: string }
  tasks: { worker_id: string; state: string }[]
}

/** Whether the worker at the address has a connector or a task. */
async function runsAt(rest: ConnectRest, address: string): Promise<boolean> {
  const names = ['source', 'sink']
  const all = await Promise.all(names.map((name) => rest.get<Status>(`/connectors/${name}/status`)))
  return all.some(
    (status) => status && [status.connector, ...status.tasks].some(({ worker_id }) => worker_id === address),
  )
}
