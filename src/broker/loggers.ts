import type { Logger } from '../env/logger.ts'
import { NamedLoggers, type StandIns } from '../env/named-loggers.ts'

/** The parts of a broker whose log levels can be set one by one; kafka-configs names them, so they are for people. */
const NAMES = [
  'samsa.authorizer',
  'samsa.broker',
  'samsa.controller',
  'samsa.groups',
  'samsa.log',
  'samsa.registry',
  'samsa.replication',
  'samsa.requests',
  'samsa.security',
  'samsa.server',
  'samsa.telemetry',
  'samsa.transactions',
  'samsa.web',
] as const

type Name = (typeof NAMES)[number]

/**
 * The loggers of Apache Kafka whose levels its documentation, its default log4j2.yaml and runbooks set. Those without a
 * part stand above others by their names.
 */
const APACHE_LOGGERS: StandIns<Name> = {
  kafka: [],
  'kafka.authorizer.logger': ['samsa.authorizer'],
  'kafka.cluster.Partition': ['samsa.replication'],
  'kafka.controller': ['samsa.controller'],
  'kafka.coordinator.transaction': ['samsa.transactions'],
  'kafka.log.LogCleaner': ['samsa.log'],
  'kafka.log.LogManager': ['samsa.log'],
  'kafka.network.Processor': ['samsa.server'],
  'kafka.network.RequestChannel$': ['samsa.requests'],
  'kafka.network.SocketServer': ['samsa.server'],
  'kafka.request.logger': ['samsa.requests'],
  'kafka.server.BrokerServer': ['samsa.broker'],
  'kafka.server.ControllerServer': ['samsa.controller'],
  'kafka.server.KafkaApis': ['samsa.requests'],
  'kafka.server.KafkaRequestHandler': ['samsa.requests'],
  'kafka.server.ReplicaFetcherThread': ['samsa.replication'],
  'kafka.server.ReplicaManager': ['samsa.replication'],
  'org.apache.kafka': [],
  'org.apache.kafka.common.security': ['samsa.security'],
  'org.apache.kafka.controller': ['samsa.controller'],
  'org.apache.kafka.coordinator.group': ['samsa.groups'],
  'org.apache.kafka.server.quota.ClientQuotaManager$ThrottledChannelReaper': ['samsa.server'],
  'org.apache.kafka.storage.internals.log': ['samsa.log'],
  'org.apache.kafka.storage.internals.log.LogCleaner': ['samsa.log'],
  'state.change.logger': ['samsa.replication'],
}

export type BrokerLoggers = NamedLoggers<Name>

export const brokerLoggers = (target: Logger): BrokerLoggers => new NamedLoggers(target, NAMES, APACHE_LOGGERS)
