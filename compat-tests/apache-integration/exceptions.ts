/**
 * Tests whose outcome says nothing of a broker that stands alone in a process of its own: they pass or fail by luck, or
 * bring a class of their own along for the broker. They are not in the baseline.
 */
export const leftOut: Readonly<Record<string, string>> = {
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
  'tools.GetOffsetShellTest.testGetOffsetsByEarliestLocalSpec': 'its remote storage is a class of the tests',
  'tools.GetOffsetShellTest.testGetOffsetsByEarliestTieredSpec': 'its remote storage is a class of the tests',
  'tools.GetOffsetShellTest.testGetOffsetsByLatestTieredSpec': 'its remote storage is a class of the tests',
}

const ACLS = 'ACLs are not built: the APIs CreateAcls, DescribeAcls and DeleteAcls'
const SASL = 'SASL is not built: the APIs SaslHandshake and SaslAuthenticate'
const QUOTAS = 'quotas are not built: the APIs AlterClientQuotas and DescribeClientQuotas'
const SCRAM = 'SCRAM is not built: the APIs AlterUserScramCredentials and DescribeUserScramCredentials'
const TELEMETRY = 'client telemetry is not built: the APIs GetTelemetrySubscriptions and PushTelemetry'
const SHARE = 'share groups (KIP-932) are not built: the APIs ShareGroupHeartbeat, ShareFetch and others'
const LOGGERS = 'it names a class of Apache Kafka as the logger whose level it sets; samsa names its parts'
const CREATES_AT_ONCE =
  'the first Metadata request that creates a topic is answered with its leaders; Apache Kafka says UNKNOWN_TOPIC_OR_PARTITION first'

/** Tests that pass on Apache Kafka and not on samsa, by a pattern of their names, and the part that they wait for. */
const notBuilt: readonly (readonly [tests: RegExp, reason: string])[] = [
  [/^tools\.AclCommandTest\.test(?!Use|ExactlyOneAction|InvalidArgs|AclCliWithMisusing)/, ACLS],
  [/^server\.BootstrapControllersIntegrationTest\.testAcls/, ACLS],
  [/^clients\.admin\.DescribeAuthorizedOperationsTest\./, SASL],
  [/^clients\.consumer\.SaslPlainPlaintextConsumerTest\./, SASL],
  [/^kafka\.server\.SaslApiVersionsRequestTest\./, SASL],
  [/^tools\.BrokerApiVersionsCommandTest\.testBrokerApiVersionsCommandOutput\[/, SASL],
  [/^tools\.ConfigCommandIntegrationTest\.testNullStatusOnKraftCommandAlterUserQuota\[/, QUOTAS],
  [/^tools\.UserScramCredentialsCommandTest\.(?!testAlterWithEmptyPassword)/, SCRAM],
  [/^clients\.admin\.ClientTelemetryTest\.testClientInstanceId\[/, TELEMETRY],
  [/^tools\.GroupsCommandTest\.testGroupCommand\[/, SHARE],
  [/^tools\.ConfigCommandIntegrationTest\.testBrokerLoggerConfigUpdate\[/, LOGGERS],
  [
    /^tools\.FeatureCommandTest\.testUpgradeWithReleaseVersion\[/,
    'kafka-features upgrade --release-version is refused for one of the features of the release',
  ],
  [/^server\.MetadataRequestTest\.testAuto(CreateTopicWithInvalidReplicationFactor|TopicCreation)\[/, CREATES_AT_ONCE],
]

/** The reason for which a test is known to fail on samsa. */
export function knownFailure(test: string): string | undefined {
  return notBuilt.find(([tests]) => tests.test(test))?.[1]
}
