import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrokerProcess } from '../support/broker.ts'

/** The segments of one replica, one behind the other. */
function segmentsOf({ dataDirectory }: BrokerProcess, topic: string, partition: number): Buffer {
  const directory = join(dataDirectory, `${topic}-${partition}`)
  const names = readdirSync(directory).filter((name) => name.endsWith('.log'))
  return Buffer.concat(names.sort().map((name) => readFileSync(join(directory, name))))
}

/** The partitions whose replicas on these brokers do not have the same bytes, or have none. */
export function partitionsThatDiffer(brokers: readonly BrokerProcess[], topic: string, partitions: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => {
    const [first, ...others] = brokers.map((broker) => segmentsOf(broker, topic, partition))
    return first === undefined || first.length === 0 || !others.every((bytes) => bytes.equals(first))
  })
}

export const haveSameBytes = (...of: Parameters<typeof partitionsThatDiffer>): boolean =>
  partitionsThatDiffer(...of).length === 0
