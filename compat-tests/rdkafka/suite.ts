import { rustSuite } from '../support/rust.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  return rustSuite('rdkafka', {
    // A member of the consumer protocol hears of its partitions with its next heartbeat, which is 5 s away by default.
    properties: { 'group.consumer.min.heartbeat.interval.ms': '200', 'group.consumer.heartbeat.interval.ms': '500' },
  })
}
