/**
 * Tests whose outcome says nothing of the broker when there is one node: they pass or fail by luck. They are not in the
 * baseline.
 */
export const luck: Readonly<Record<string, string>> = {
  'clients.consumer.PlaintextConsumerTest.testAsyncConsumeCoordinatorFailover': 'it stops the only broker',
  'clients.consumer.PlaintextConsumerTest.testClassicConsumerCoordinatorFailover': 'it stops the only broker',
  'clients.consumer.SaslPlainPlaintextConsumerTest.testAsyncConsumeCoordinatorFailover': 'it stops the only broker',
  'clients.consumer.SaslPlainPlaintextConsumerTest.testClassicConsumerCoordinatorFailover': 'it stops the only broker',
  'clients.producer.ProducerFailureHandlingTest.testCannotSendToInternalTopic':
    'it creates a topic without waiting, and then waits until the topic is gone',
  'kafka.server.ConsumerGroupDescribeRequestTest.testConsumerGroupDescribeWithNewGroupCoordinator':
    'it compares lists in the order of hash tables',
  'kafka.server.ListGroupsRequestTest.testListGroupsWithNewConsumerGroupProtocol':
    'it compares lists in the order of hash tables',
}

/** Tests that pass on Apache Kafka and not on samsa, by a pattern of their names, and the part that they wait for. */
const notBuilt: readonly (readonly [tests: RegExp, reason: string])[] = []

/** The reason for which a test is known to fail on samsa. */
export function knownFailure(test: string): string | undefined {
  return notBuilt.find(([tests]) => tests.test(test))?.[1]
}
