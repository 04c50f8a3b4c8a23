/**
 * Tests whose outcome says nothing of a broker that stands alone in a process of its own: they pass or fail by luck, bring
 * a class of their own along for the broker, or change its files while it runs. They are not in the baseline.
 */
export const leftOut: Readonly<Record<string, string>> = {
  'clients.consumer.PlaintextConsumerTest.testAsyncConsumeCoordinatorFailover': 'it stops the only broker',
  'clients.consumer.PlaintextConsumerTest.testClassicConsumerCoordinatorFailover': 'it stops the only broker',
  'clients.consumer.SaslPlainPlaintextConsumerTest.testAsyncConsumeCoordinatorFailover': 'it stops the only broker',
  'clients.consumer.SaslPlainPlaintextConsumerTest.testClassicConsumerCoordinatorFailover': 'it stops the only broker',
  'clients.producer.ProducerFailureHandlingTest.testCannotSendToInternalTopic':
    'it creates a topic without waiting, and then waits until the topic is gone',
  'kafka.api.PlaintextAdminIntegrationTest.testDeleteRecordsAfterCorruptRecords':
    'it writes into a file of the broker that runs; samsa still has these bytes in memory, and gives them as they were',
  'kafka.api.PlaintextConsumerTest.testCloseLeavesGroupOnInterrupt':
    'a consumer that is interrupted says that it leaves only where it does not want metadata at that moment',
  'kafka.api.TransactionsTest.testBumpTransactionalEpochWithTV2Enabled':
    'it looks for a producer on a replica that has just started, and may not be in sync again',
  'kafka.server.ConsumerGroupDescribeRequestTest.testConsumerGroupDescribeWithNewGroupCoordinator':
    'it compares lists in the order of hash tables',
  'kafka.server.ListGroupsRequestTest.testListGroupsWithNewConsumerGroupProtocol':
    'it compares lists in the order of hash tables',
  'tools.GetOffsetShellTest.testGetOffsetsByEarliestLocalSpec': 'its remote storage is a class of the tests',
  'tools.GetOffsetShellTest.testGetOffsetsByEarliestTieredSpec': 'its remote storage is a class of the tests',
  'tools.GetOffsetShellTest.testGetOffsetsByLatestTieredSpec': 'its remote storage is a class of the tests',
}
