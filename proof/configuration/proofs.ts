import { clusterProofs } from './cluster-proofs.ts'
import { groupProofs } from './group-proofs.ts'
import type { Proof } from './proof.ts'
import { securityProofs } from './security-proofs.ts'
import { shareProofs } from './share-proofs.ts'

/** Proofs by the file that they are in. Where several tests show a key, one of them is named. */
export const proofs: Readonly<Record<string, readonly Proof[]>> = {
  'test/config/effects/log.test.ts': [
    {
      title: 'retention.ms takes segments that are older',
      keys: { topic: ['retention.ms'], broker: ['log.retention.ms', 'log.retention.minutes'] },
    },
    { title: 'log.retention.hours takes segments that are older', keys: { broker: ['log.retention.hours'] } },
    {
      title: 'retention.bytes takes the oldest segments beyond it',
      keys: { topic: ['retention.bytes'], broker: ['log.retention.bytes'] },
    },
    {
      title: 'segment.bytes is the most that a segment holds',
      keys: { topic: ['segment.bytes'], broker: ['log.segment.bytes'] },
    },
    { title: 'internal.segment.bytes is the most that a segment holds', keys: { topic: ['internal.segment.bytes'] } },
    {
      title: 'segment.ms is the longest that a segment grows',
      keys: { topic: ['segment.ms'], broker: ['log.roll.ms', 'log.roll.hours'] },
    },
    {
      title: 'segment.jitter.ms takes a random part of it away from segment.ms',
      keys: { topic: ['segment.jitter.ms'], broker: ['log.roll.jitter.ms', 'log.roll.jitter.hours'] },
    },
    {
      title: 'segment.index.bytes is the most that an index holds, and a full one ends its segment',
      keys: { topic: ['segment.index.bytes'], broker: ['log.index.size.max.bytes'] },
    },
    {
      title: 'index.interval.bytes is how much lies between two entries of an index',
      keys: { topic: ['index.interval.bytes'], broker: ['log.index.interval.bytes'] },
    },
    {
      title: 'flush.messages is how many records a power failure may take',
      keys: { topic: ['flush.messages'], broker: ['log.flush.interval.messages'] },
    },
    {
      title: 'flush.ms is how long a power failure may take records',
      keys: { topic: ['flush.ms'], broker: ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'] },
    },
    {
      title: 'file.delete.delay.ms is how long the files of what was deleted stay',
      keys: { topic: ['file.delete.delay.ms'], broker: ['log.segment.delete.delay.ms'] },
    },
    {
      title: 'max.message.bytes is the largest batch',
      keys: { topic: ['max.message.bytes'], broker: ['message.max.bytes'] },
    },
    {
      title: 'max.decompressed.message.bytes is the longest record of a compressed batch',
      keys: { topic: ['max.decompressed.message.bytes'], broker: ['max.decompressed.message.bytes'] },
    },
    {
      title: 'cleanup.policy=compact keeps the last value of each key, and takes no records without one',
      keys: { topic: ['cleanup.policy'], broker: ['log.cleanup.policy'] },
    },
    {
      title: 'delete.retention.ms is how long a tombstone stays',
      keys: { topic: ['delete.retention.ms'], broker: ['log.cleaner.delete.retention.ms'] },
    },
    {
      title: 'min.compaction.lag.ms is how long every value of a key stays',
      keys: { topic: ['min.compaction.lag.ms'], broker: ['log.cleaner.min.compaction.lag.ms'] },
    },
    {
      title: 'max.compaction.lag.ms is how long a log waits for its cleaning at most',
      keys: { topic: ['max.compaction.lag.ms'], broker: ['log.cleaner.max.compaction.lag.ms'] },
    },
    {
      title: 'min.cleanable.dirty.ratio is the part of a log that must be dirty',
      keys: { topic: ['min.cleanable.dirty.ratio'], broker: ['log.cleaner.min.cleanable.ratio'] },
    },
    {
      title: 'compression.type is the codec of what is stored',
      keys: { topic: ['compression.type'], broker: ['compression.type'] },
    },
    {
      title: 'compression.gzip.level is how hard the broker compresses',
      keys: { topic: ['compression.gzip.level'], broker: ['compression.gzip.level'] },
    },
    {
      title: 'compression.zstd.level is how hard the broker compresses',
      keys: { topic: ['compression.zstd.level'], broker: ['compression.zstd.level'] },
    },
    {
      title: 'message.timestamp.type=LogAppendTime puts the time of the broker in place of the producer’s',
      keys: { topic: ['message.timestamp.type'], broker: ['log.message.timestamp.type'] },
    },
    {
      title: 'message.timestamp.before.max.ms is how old a record may be',
      keys: { topic: ['message.timestamp.before.max.ms'], broker: ['log.message.timestamp.before.max.ms'] },
    },
    {
      title: 'message.timestamp.after.max.ms is how far ahead a record may be',
      keys: { topic: ['message.timestamp.after.max.ms'], broker: ['log.message.timestamp.after.max.ms'] },
    },
    {
      title: 'preallocate makes a segment as long as it may become',
      keys: { topic: ['preallocate'], broker: ['log.preallocate'] },
    },
  ],
  'test/replication/partition.test.ts': [
    {
      title: 'min.insync.replicas: too few in sync take no acks=all and commit nothing',
      keys: { topic: ['min.insync.replicas'], broker: ['min.insync.replicas'] },
    },
    {
      title: 'the in-sync replicas: who lags is proposed to go, who caught up to come; proposed is not committed',
      keys: { broker: ['replica.lag.time.max.ms'] },
    },
  ],
  'test/controller/commands/commands.test.ts': [
    {
      title: 'a partition of another broker, or one that would lose records, is left alone',
      keys: { topic: ['unclean.leader.election.enable'], broker: ['unclean.leader.election.enable'] },
    },
  ],
  'test/config/effects/broker.test.ts': [
    {
      title: 'auto.create.topics.enable=false creates no topic that is merely asked for',
      keys: { broker: ['auto.create.topics.enable'] },
    },
    { title: 'num.partitions is how many a topic gets that asks for none', keys: { broker: ['num.partitions'] } },
    {
      title: 'default.replication.factor is how many replicas a topic gets that asks for none, or cannot have',
      keys: { broker: ['default.replication.factor'] },
    },
    { title: 'delete.topic.enable=false forbids to delete topics', keys: { broker: ['delete.topic.enable'] } },
    { title: 'node.id is the id of the broker', keys: { broker: ['node.id'] } },
    { title: 'broker.id is the older name of it', keys: { broker: ['broker.id'] } },
    { title: 'broker.rack is told to clients', keys: { broker: ['broker.rack'] } },
    { title: 'advertised.listeners is where clients are sent', keys: { broker: ['advertised.listeners'] } },
    { title: 'fetch.max.bytes bounds an answer whatever the client asks for', keys: { broker: ['fetch.max.bytes'] } },
    {
      title: 'max.incremental.fetch.session.cache.slots is how many fetch sessions there may be',
      keys: { broker: ['max.incremental.fetch.session.cache.slots'] },
    },
    {
      title: 'max.request.partition.size.limit is how many partitions one answer describes',
      keys: { broker: ['max.request.partition.size.limit'] },
    },
    { title: 'log.dir is where the data is when log.dirs is not set', keys: { broker: ['log.dir'] } },
    { title: 'authorizer.class.name forbids what no ACL allows', keys: { broker: ['authorizer.class.name'] } },
    { title: 'super.users may do everything', keys: { broker: ['super.users'] } },
    {
      title: 'allow.everyone.if.no.acl.found allows what nothing is said about',
      keys: { broker: ['allow.everyone.if.no.acl.found'] },
    },
    { title: 'log.dirs is where the data is', keys: { broker: ['log.dirs'] } },
    { title: 'metadata.log.dir is where the metadata log is', keys: { broker: ['metadata.log.dir'] } },
    {
      title: 'log.retention.check.interval.ms is how often old segments are looked for',
      keys: { broker: ['log.retention.check.interval.ms'] },
    },
    {
      title: 'log.initial.task.delay.ms is how soon after the start that begins',
      keys: { broker: ['log.initial.task.delay.ms'] },
    },
    {
      title: 'log.flush.offset.checkpoint.interval.ms is how often all offsets of a directory are written down',
      keys: { broker: ['log.flush.offset.checkpoint.interval.ms'] },
    },
    {
      title: 'replica.high.watermark.checkpoint.interval.ms is how often high watermarks are written down',
      keys: { broker: ['replica.high.watermark.checkpoint.interval.ms'] },
    },
    {
      title: 'metadata.log.max.record.bytes.between.snapshots is how much is written until the next snapshot',
      keys: { broker: ['metadata.log.max.record.bytes.between.snapshots'] },
    },
    {
      title: 'metadata.log.max.snapshot.interval.ms is how long it takes until the next snapshot at most',
      keys: { broker: ['metadata.log.max.snapshot.interval.ms'] },
    },
    {
      title: 'metadata.log.segment.bytes is the most that a segment of the metadata log holds',
      keys: { broker: ['metadata.log.segment.bytes'] },
    },
    {
      title: 'metadata.log.segment.ms is the longest that a segment of the metadata log grows',
      keys: { broker: ['metadata.log.segment.ms'] },
    },
    {
      title: 'metadata.max.retention.ms is how long old snapshots stay',
      keys: { broker: ['metadata.max.retention.ms'] },
    },
    {
      title: 'metadata.max.retention.bytes is how much of old snapshots stays',
      keys: { broker: ['metadata.max.retention.bytes'] },
    },
  ],
  'test/config/effects/cleaner.test.ts': [
    { title: 'log.cleaner.enable=false cleans nothing', keys: { broker: ['log.cleaner.enable'] } },
    {
      title: 'log.cleaner.threads is how many clean: none of them, none is cleaned',
      keys: { broker: ['log.cleaner.threads'] },
    },
    {
      title: 'log.cleaner.backoff.ms is how long a cleaner without work waits',
      keys: { broker: ['log.cleaner.backoff.ms'] },
    },
    {
      title: 'log.cleaner.io.max.bytes.per.second is how fast it reads and writes',
      keys: { broker: ['log.cleaner.io.max.bytes.per.second'] },
    },
    {
      title: 'log.cleaner.io.buffer.load.factor is how full the table of keys may be',
      keys: { broker: ['log.cleaner.io.buffer.load.factor'] },
    },
    {
      title: 'log.cleaner.dedupe.buffer.size is how large the table of keys may be',
      keys: { broker: ['log.cleaner.dedupe.buffer.size'] },
    },
    {
      title: 'log.cleaner.io.buffer.size is how much it reads at once',
      keys: { broker: ['log.cleaner.io.buffer.size'] },
    },
  ],
  ...groupProofs,
  'test/config/effects/transactions.test.ts': [
    {
      title: 'transaction.max.timeout.ms is the longest transaction that a producer may ask for',
      keys: { broker: ['transaction.max.timeout.ms'] },
    },
    {
      title: 'transaction.abort.timed.out.transaction.cleanup.interval.ms is how often transactions are looked at',
      keys: { broker: ['transaction.abort.timed.out.transaction.cleanup.interval.ms'] },
    },
    {
      title: 'transactional.id.expiration.ms is how long an id that nobody uses is known',
      keys: { broker: ['transactional.id.expiration.ms'] },
    },
    {
      title: 'transaction.remove.expired.transaction.cleanup.interval.ms is how often such ids are looked for',
      keys: { broker: ['transaction.remove.expired.transaction.cleanup.interval.ms'] },
    },
    {
      title: 'transaction.partition.verification.enable refuses records of transactions that are not begun',
      keys: { broker: ['transaction.partition.verification.enable'] },
    },
    {
      title: 'transaction.state.log.load.buffer.size is how much a coordinator reads at a time when it loads',
      keys: { broker: ['transaction.state.log.load.buffer.size'] },
    },
    {
      title: 'transaction.state.log.num.partitions is how many the topic of the coordinators gets',
      keys: { broker: ['transaction.state.log.num.partitions'] },
    },
    {
      title: 'transaction.state.log.segment.bytes is how large its segments are',
      keys: { broker: ['transaction.state.log.segment.bytes'] },
    },
    {
      title: 'transaction.state.log.min.isr is how many replicas a record of it needs',
      keys: { broker: ['transaction.state.log.min.isr'] },
    },
    {
      title: 'transaction.state.log.replication.factor is how many replicas it gets, or cannot have',
      keys: { broker: ['transaction.state.log.replication.factor'] },
    },
    {
      title: 'producer.id.expiration.ms is how long a silent producer is remembered',
      keys: { broker: ['producer.id.expiration.ms'] },
    },
    {
      title: 'producer.id.expiration.check.interval.ms is how often silent producers are looked for',
      keys: { broker: ['producer.id.expiration.check.interval.ms'] },
    },
  ],
  'test/config/effects/slow-disk.test.ts': [
    {
      title: 'offsets.commit.timeout.ms is how long a commit may take',
      keys: { broker: ['offsets.commit.timeout.ms'] },
    },
    {
      title: 'request.timeout.ms is how long what the transaction coordinator writes may take',
      keys: { broker: ['request.timeout.ms'] },
    },
    {
      title: 'add.partitions.to.txn.retry.backoff.max.ms is how long the next transaction waits for the last one',
      keys: { broker: ['add.partitions.to.txn.retry.backoff.max.ms'] },
    },
    {
      title: 'add.partitions.to.txn.retry.backoff.ms is how long it waits before it asks again',
      keys: { broker: ['add.partitions.to.txn.retry.backoff.ms'] },
    },
    {
      title: 'num.recovery.threads.per.data.dir is how many logs of a directory are recovered beside each other',
      keys: { broker: ['num.recovery.threads.per.data.dir'] },
    },
    {
      title: 'replica.alter.log.dirs.io.max.bytes.per.second is how fast replicas move',
      keys: { broker: ['replica.alter.log.dirs.io.max.bytes.per.second'] },
    },
  ],
  'test/config/effects/connections.test.ts': [
    {
      title: 'socket.listen.backlog.size is how many connections may wait to be accepted',
      keys: { broker: ['socket.listen.backlog.size'] },
    },
    {
      title: 'quota.window.num and quota.window.size.seconds are how long a rate is looked at',
      keys: { broker: ['quota.window.num', 'quota.window.size.seconds'] },
    },
    {
      title: 'limits of connections may change while the broker runs',
      keys: { broker: ['max.connection.creation.rate', 'max.connections.per.ip', 'max.connections.per.ip.overrides'] },
    },
  ],
  ...securityProofs,
  ...clusterProofs,
  ...shareProofs,
  'test/controller/local/local-controller.test.ts': [
    {
      title: 'delegation tokens that have expired are removed, by whoever leads',
      keys: { broker: ['delegation.token.expiry.check.interval.ms'] },
    },
  ],
  'test/controller/commands/delegation-tokens.test.ts': [
    {
      title: 'delegation.token.expiry.time.ms and delegation.token.max.lifetime.ms are these times',
      keys: { broker: ['delegation.token.expiry.time.ms', 'delegation.token.max.lifetime.ms'] },
    },
  ],
  'test/security/delegation-tokens.test.ts': [
    { title: 'there are none without a secret key', keys: { broker: ['delegation.token.secret.key'] } },
  ],
  'test/sim/quotas/quotas.test.ts': [
    {
      title: 'new and deleted partitions are refused to a client in debt, and forgiven in time (KIP-599)',
      keys: { broker: ['controller.quota.window.num', 'controller.quota.window.size.seconds'] },
    },
  ],
  'test/config/effects/telemetry.test.ts': [
    {
      title: 'metrics, interval.ms and match are what clients are asked for, how often, and which of them',
      keys: { 'client-metrics': ['metrics', 'interval.ms', 'match'] },
    },
    { title: 'telemetry.max.bytes is the most that a client may push', keys: { broker: ['telemetry.max.bytes'] } },
  ],
  'test/config/listeners.test.ts': [
    {
      title: "the listeners of Apache's compose example",
      keys: { broker: ['listeners', 'listener.security.protocol.map', 'controller.listener.names'] },
    },
    { title: 'unknown inter broker listener', keys: { broker: ['inter.broker.listener.name'] } },
    { title: 'both ways to say it', keys: { broker: ['security.inter.broker.protocol'] } },
    {
      title: 'classes of Java',
      keys: {
        broker: [
          'principal.builder.class',
          'sasl.server.callback.handler.class',
          'sasl.oauthbearer.jwt.validator.class',
        ],
      },
    },
    {
      title: 'a mechanism between brokers that is not enabled',
      keys: { broker: ['sasl.mechanism.inter.broker.protocol'] },
    },
    { title: 'a controller with clients', keys: { broker: ['process.roles'] } },
  ],
  'test/server/server.test.ts': [
    { title: 'sizes beyond the limit close the connection', keys: { broker: ['socket.request.max.bytes'] } },
    { title: 'queued.max.requests holds back the connections beyond it', keys: { broker: ['queued.max.requests'] } },
    { title: 'queued.max.request.bytes holds back, too', keys: { broker: ['queued.max.request.bytes'] } },
    {
      title: 'a silent connection is closed, one that is busy or talks is not',
      keys: { broker: ['connections.max.idle.ms'] },
    },
    { title: 'a lowered max.connections closes those that were silent longest', keys: { broker: ['max.connections'] } },
  ],
  'test/api/cordoned-log-dirs.test.ts': [
    { title: '* cordons all of them from the start', keys: { broker: ['cordoned.log.dirs'] } },
  ],
}
