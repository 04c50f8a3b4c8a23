import t from 'tap'
import { inHashMapOrder } from '../../src/metadata/hash-map-order.ts'

/** Printed by a `java.util.HashMap` made as `ClientQuotaDelta.apply` of Apache Kafka 4.4.0 makes it. */
const CASES: readonly (readonly string[])[] = [
  ['connection_creation_rate'],
  ['consumer_byte_rate', 'producer_byte_rate'],
  ['request_percentage', 'producer_byte_rate'],
  ['consumer_byte_rate', 'controller_mutation_rate'],
  ['consumer_byte_rate', 'request_percentage', 'producer_byte_rate'],
  ['producer_byte_rate', 'consumer_byte_rate', 'controller_mutation_rate', 'request_percentage'],
]

t.test('quotas are told in the order that they have in a HashMap', async (t) => {
  for (const expected of CASES) {
    for (const given of [expected, [...expected].reverse(), [...expected].sort()]) {
      const entries = given.map((key, index) => [key, index] as const)
      t.same(
        inHashMapOrder(entries).map(([key]) => key),
        expected,
      )
    }
  }
})
