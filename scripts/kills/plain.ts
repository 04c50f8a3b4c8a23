import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { samsaBroker } from '../../compat-tests/support/samsa.ts'
import { SimClient } from '../../proof/sim/client.ts'
import { createTopic } from '../../proof/sim/scenarios/admin.ts'
import { History } from '../../proof/sim/scenarios/history.ts'
import { produce } from '../../proof/sim/scenarios/producer.ts'
import { readAll } from '../../proof/sim/transactions/reader.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'

const TOPIC = 'orders'
const PARTITIONS = 4
const PRODUCERS = 48
const LONGEST_PEACE_MS = 700
/** One start in so many is not waited for: the next kill meets the broker while it recovers. */
const KILLED_IN_RECOVERY = 4

export interface PlainKills {
  kills: number
  acknowledged: number
  violations: readonly string[]
}

/**
 * Kills a broker again and again while idempotent producers write to it with acks=all. In the end everything that it has
 * acknowledged must be where it said, once, in order, with nothing in between that nobody sent.
 */
export async function killUnderLoad(kills: number, properties: Record<string, string>): Promise<PlainKills> {
  const broker = await samsaBroker({ properties: { 'log.segment.bytes': '1048576', ...properties } })
  const environment = nodeEnvironment()
  const address = { host: broker.host, port: broker.port }
  const history = new History()
  try {
    await broker.start()
    const admin = new SimClient(environment, 'admin', address)
    await createTopic(admin, TOPIC, PARTITIONS)
    let goesOn = true
    const shared = { address, topic: TOPIC, partitions: PARTITIONS, history, goesOn: () => goesOn }
    const names = Array.from({ length: PRODUCERS }, (_, index) => `producer-${index}`)
    const producing = Promise.all(names.map((name) => produce(environment, { ...shared, name })))
    for (let kill = 0; kill < kills; kill++) await killOnce(broker)
    goesOn = false
    if (!broker.isRunning) await broker.start()
    await producing
    for (let partition = 0; partition < PARTITIONS; partition++) {
      history.judgeLog(`${TOPIC}-${partition}`, await readAll(admin, TOPIC, partition))
    }
    admin.close()
    return { kills, acknowledged: history.acknowledgedCount, violations: history.violations }
  } finally {
    await broker.dispose()
  }
}

async function killOnce(broker: BrokerProcess): Promise<void> {
  await delay(Math.random() * LONGEST_PEACE_MS)
  await broker.kill()
  if (Math.random() < 1 / KILLED_IN_RECOVERY) broker.spawn()
  else await broker.start()
}
