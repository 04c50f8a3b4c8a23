import type { Environment } from '../../../src/env/index.ts'
import type { CommittedRecord } from '../../histories/committed-records.ts'
import type { Recorder } from '../../histories/recorder.ts'
import { SimClient, sleep, type Where } from '../client.ts'
import { fetchCommitted } from './committed-fetch.ts'

const FETCH_WAIT_MS = 300
const PAUSE_MS = 100

export interface ReaderOptions {
  name: string
  address: Where
  recorder: Recorder
  topic: string
  partitions: number
  goesOn: () => boolean
}

/** Reads what is committed in a whole topic from its start, and goes on with it. */
export async function read(environment: Environment, options: ReaderOptions): Promise<void> {
  const { topic, recorder, name, address } = options
  const client = new SimClient(environment, name, address)
  const positions = new Map(Array.from({ length: options.partitions }, (_, partition) => [partition, 0]))
  while (options.goesOn()) {
    const work = recorder.begin(name, 'poll')
    const fetched = await fetchCommitted(client, topic, positions, FETCH_WAIT_MS)
    for (const { partition, nextOffset } of fetched) positions.set(partition, nextOffset)
    const keyed = <Value>(value: (each: (typeof fetched)[number]) => Value) =>
      new Map(fetched.map((each) => [`${topic}-${each.partition}`, value(each)]))
    work.poll(
      keyed(({ records }) => records),
      keyed(({ nextOffset }) => nextOffset),
    )
    work.end('ok')
    await sleep(environment, PAUSE_MS)
  }
}

/** Everything committed in a partition, once no transaction is open in it any more. */
export async function readAll(client: SimClient, topic: string, partition: number): Promise<CommittedRecord[]> {
  const all: CommittedRecord[] = []
  for (let position = 0; ; ) {
    const [fetched] = await fetchCommitted(client, topic, new Map([[partition, position]]), 10)
    if (fetched === undefined) continue
    all.push(...fetched.records)
    position = fetched.nextOffset
    if (position >= fetched.highWatermark) return all
    if (fetched.lastStableOffset < fetched.highWatermark) await sleep(client.environment, 100)
  }
}
