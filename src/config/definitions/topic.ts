import {
  boolean,
  double,
  int,
  LONG_MAX,
  list,
  listOf,
  long,
  MAX_DECOMPRESSED_BYTES,
  oneOf,
  string,
} from '../definition.ts'
import { gzipLevel, throttledReplicas } from '../validators.ts'

const SUBJECT_NAMES = 'io.confluent.kafka.serializers.subject.'
const subjectNameStrategy = () =>
  string(`${SUBJECT_NAMES}TopicNameStrategy`, {
    internal: true,
    check: oneOf(...['Topic', 'Record', 'TopicRecord'].map((name) => `${SUBJECT_NAMES}${name}NameStrategy`)),
  })

/** Configs of a topic that Apache does not have: those of Confluent's servers. DescribeConfigs shows them where they are set. */
const confluentTopicDefinitions = {
  'confluent.key.schema.validation': boolean(false, { internal: true }),
  'confluent.key.subject.name.strategy': subjectNameStrategy(),
  'confluent.value.schema.validation': boolean(false, { internal: true }),
  'confluent.value.subject.name.strategy': subjectNameStrategy(),
} as const

/** Configs of a topic. Where a topic does not set one, the broker key of `topicSynonyms` decides. */
export const topicDefinitions = {
  ...confluentTopicDefinitions,
  'cleanup.policy': list('delete', { check: listOf(true, 'compact', 'delete'), dropsRepeats: true }),
  'compression.gzip.level': int(-1, { check: gzipLevel }),
  'compression.lz4.level': int(9, { min: 1, max: 17 }),
  'compression.type': string('producer', { check: oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer') }),
  'compression.zstd.level': int(3, { min: -131_072, max: 22 }),
  'delete.retention.ms': long(86_400_000, { min: 0 }),
  'errors.deadletterqueue.group.enable': boolean(false),
  'file.delete.delay.ms': long(60_000, { min: 0 }),
  'flush.messages': long(LONG_MAX, { min: 1 }),
  'flush.ms': long(LONG_MAX, { min: 0 }),
  'follower.replication.throttled.replicas': list('', { check: throttledReplicas }),
  'index.interval.bytes': int(4096, { min: 0 }),
  'internal.segment.bytes': int(null, { internal: true }),
  'leader.replication.throttled.replicas': list('', { check: throttledReplicas }),
  'local.retention.bytes': long(-2, { min: -2 }),
  'local.retention.ms': long(-2, { min: -2 }),
  'max.compaction.lag.ms': long(LONG_MAX, { min: 1 }),
  'max.decompressed.message.bytes': int(MAX_DECOMPRESSED_BYTES, { min: 1, max: MAX_DECOMPRESSED_BYTES }),
  'max.message.bytes': int(1_048_588, { min: 0 }),
  'message.timestamp.after.max.ms': long(3_600_000, { min: 0 }),
  'message.timestamp.before.max.ms': long(LONG_MAX, { min: 0 }),
  'message.timestamp.type': string('CreateTime', { check: oneOf('CreateTime', 'LogAppendTime') }),
  'min.cleanable.dirty.ratio': double('0.5', { min: 0, max: 1 }),
  'min.compaction.lag.ms': long(0, { min: 0 }),
  'min.insync.replicas': int(1, { min: 1 }),
  preallocate: boolean(false),
  'remote.copy.lag.bytes': long(-1, { min: -1 }),
  'remote.copy.lag.ms': long(0, { min: -1 }),
  'remote.log.copy.disable': boolean(false),
  'remote.log.delete.on.disable': boolean(false),
  'remote.storage.enable': boolean(false),
  'retention.bytes': long(-1),
  'retention.ms': long(604_800_000, { min: -1 }),
  'segment.bytes': int(1_073_741_824, { min: 1_048_576 }),
  'segment.index.bytes': int(10_485_760, { min: 4 }),
  'segment.jitter.ms': long(0, { min: 0 }),
  'segment.ms': long(604_800_000, { min: 1 }),
  'unclean.leader.election.enable': boolean(false),
} as const
