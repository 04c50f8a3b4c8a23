import { int, long, string } from '../definition.ts'

/** Replication between brokers. */
export const replicationDefinitions = {
  'alter.log.dirs.replication.quota.window.num': int(11, { min: 1 }),
  'alter.log.dirs.replication.quota.window.size.seconds': int(1, { min: 1 }),
  'default.replication.factor': int(1),
  'inter.broker.listener.name': string(null),
  'num.replica.alter.log.dirs.threads': int(null),
  'num.replica.fetchers': int(1, { min: 1, update: 'cluster-wide' }),
  'replica.fetch.backoff.ms': int(1000, { min: 0 }),
  'replica.fetch.max.bytes': int(1_048_576, { min: 0 }),
  'replica.fetch.min.bytes': int(1),
  'replica.fetch.response.max.bytes': int(10_485_760, { min: 0 }),
  'replica.fetch.wait.max.ms': int(500),
  'replica.high.watermark.checkpoint.interval.ms': long(5000),
  'replica.lag.time.max.ms': long(30_000),
  'replica.selector.class': string(null),
  'replica.socket.receive.buffer.bytes': int(65_536),
  'replica.socket.timeout.ms': int(30_000),
  'replication.quota.window.num': int(11, { min: 1 }),
  'replication.quota.window.size.seconds': int(1, { min: 1 }),
} as const
