/** A schema registry with many subjects: what it adds to a start and to memory, and what a look-up by id takes. */
import { percentile } from '../../compat-tests/bench/load/statistics.ts'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { timed } from './partitions.ts'

const TIMEOUT_MS = 300_000
const IN_FLIGHT = 32
const LOOKUPS = 4_000
/** Each subject has a schema of its own, as wide as those of an application. */
const FIELDS = 12

export interface RegistryResult {
  fillMs: number
  /** From the start of the process to the first answer of the registry. */
  emptyStartMs: number
  startMs: number
  emptyResidentBytes: number
  residentBytes: number
  lookupMs: { median: number; p99: number }
}

/** `url`: where the broker serves its registry. */
export async function measureRegistry(broker: BrokerProcess, url: string, count: number): Promise<RegistryResult> {
  await started(broker, url)
  await register(url, 1, 0)
  await broker.stop(TIMEOUT_MS)
  const emptyStartMs = await timed(() => started(broker, url))
  const emptyResidentBytes = await broker.residentBytes()
  const fillMs = await timed(() => fill(url, count))
  await broker.stop(TIMEOUT_MS)
  const startMs = await timed(() => started(broker, url))
  const residentBytes = await broker.residentBytes()
  const lookupMs = await lookups(url, count)
  await broker.stop(TIMEOUT_MS)
  return { fillMs, emptyStartMs, startMs, emptyResidentBytes, residentBytes, lookupMs }
}

async function started(broker: BrokerProcess, url: string): Promise<void> {
  await broker.start({ timeoutMs: TIMEOUT_MS, everyMs: 5 })
  // This question is answered when the whole log was read.
  const answer = await fetch(`${url}/schemas/ids/1`)
  await answer.text()
}

async function fill(url: string, count: number): Promise<void> {
  let next = 1
  const writer = async () => {
    for (let index = next++; index < count; index = next++) await register(url, count, index)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer))
}

async function register(url: string, count: number, index: number): Promise<void> {
  const fields = Array.from({ length: FIELDS }, (_, at) => ({ name: `field_${at}_of_${index % 100}`, type: 'string' }))
  const schema = JSON.stringify({ type: 'record', name: `Subject${index}`, namespace: 'com.example.events', fields })
  const answer = await fetch(`${url}/subjects/com.example.events.subject-${index}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  })
  if (!answer.ok) throw new Error(`Subject ${index} of ${count} was not registered: ${await answer.text()}`)
  await answer.text()
}

/** One after the other, over a connection that stays open, as clients look up. */
async function lookups(url: string, count: number): Promise<RegistryResult['lookupMs']> {
  const took: number[] = []
  for (let turn = 0; turn < LOOKUPS; turn++) {
    const id = 1 + ((turn * 7_919) % count)
    took.push(
      await timed(async () => {
        const answer = await fetch(`${url}/schemas/ids/${id}`)
        if (!answer.ok) throw new Error(`Id ${id} is not known: ${await answer.text()}`)
        await answer.text()
      }),
    )
  }
  took.sort((a, b) => a - b)
  return { median: percentile(took, 0.5), p99: percentile(took, 0.99) }
}
