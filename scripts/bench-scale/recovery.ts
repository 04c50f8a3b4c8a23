/** Logs that a SIGKILL has left behind: how long until the next start answers. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { BulkClient, batchOf } from './client.ts'
import { timedStart } from './partitions.ts'

const RECORD_BYTES = 1_000
const RECORDS_PER_BATCH = 16
const TOPIC = 'large'
const LOAD_MS = 2_000
const KILL_AFTER_MS = 100

/** Fills one partition under load until the kill. */
export async function measureRecovery(broker: BrokerProcess, bytes: number, segmentBytes: number): Promise<number> {
  await broker.start()
  const client = new BulkClient(broker)
  await client.createTopic({ name: TOPIC, partitions: 1, configs: { 'segment.bytes': String(segmentBytes) } })
  const batch = batchOf(RECORDS_PER_BATCH, RECORD_BYTES)
  await client.fill(TOPIC, 0, batch, Math.ceil(bytes / batch.length))
  // The kill comes in the middle of appends.
  const load = client.fill(TOPIC, 0, batch, Number.POSITIVE_INFINITY).catch(() => {})
  await delay(KILL_AFTER_MS)
  await broker.kill()
  await load
  client.close()
  return timedStart(broker)
}

/** Kills the broker in the middle of appends, several times; the starts that followed. */
export async function measureSmallRecovery(broker: BrokerProcess, kills: number): Promise<number[]> {
  await broker.start()
  const setup = new BulkClient(broker)
  await setup.createTopic({ name: TOPIC, partitions: 6 })
  setup.close()
  const starts: number[] = []
  for (let i = 0; i < kills; i++) {
    const client = new BulkClient(broker)
    // The append that the kill interrupts is refused, as it should be.
    const load = client.fill(TOPIC, i % 6, batchOf(1, 100), Number.POSITIVE_INFINITY).catch(() => {})
    await delay(LOAD_MS)
    await broker.kill()
    await load
    client.close()
    starts.push(await timedStart(broker))
  }
  return starts
}
