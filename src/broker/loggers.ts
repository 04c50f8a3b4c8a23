import type { Logger } from '../env/logger.ts'
import { NamedLoggers } from '../env/named-loggers.ts'

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

export type BrokerLoggers = NamedLoggers<(typeof NAMES)[number]>

export const brokerLoggers = (target: Logger): BrokerLoggers => new NamedLoggers(target, NAMES)
