import { baseName } from './tables.ts'

/** The kinds of resources that have configurations, in the words of `kafka-configs --entity-type`. */
export type ConfigScope = 'broker' | 'topic' | 'group' | 'client-metrics'

interface Reason {
  /** A sentence for people, without its full stop. */
  readonly why: string
  /** Names; one that ends with a dot stands for all that begin with it. */
  readonly names: readonly string[]
  /** The reason is none in a broker under controllers elsewhere. */
  readonly onlyAlone?: true
}

const TIERED_STORAGE = 'Tiered storage needs plugins of Java: all segments stay in log.dirs'
const ONE_NODE =
  'A broker with its own controller has no other one to fetch from, to wait for, or to log in to; under controllers elsewhere (process.roles=broker) it is in force'
const OWN_CONTROLLER =
  'The controller of samsa is the only one of its quorum, and has no rivals; those elsewhere have their own value'
const WARMUP_TASKS =
  'Apache Kafka 4.4 has a place for warm-up tasks in its protocol and assigns none, and so does samsa'
const ONE_SHARE_ASSIGNOR =
  'Share groups have the assignor simple, and it makes assignments in the one loop that does all the work'
const ONE_LOOP_FOR_SHARES = 'One loop does all the work, and nothing is kept for later: there is nothing to be bounded'
const JAVA_CLASSES_OF_SHARES = 'It names a Java class'
const JVM = 'It names a class or a provider of Java, and there is no JVM'
const LZ4 = 'The encoder of lz4 has one level, its fast one'

/** Keys of brokers that are accepted, checked and shown by DescribeConfigs, and change nothing. */
const broker: readonly Reason[] = [
  { why: TIERED_STORAGE, names: ['remote.', 'log.remote.', 'log.local.', 'follower.fetch.last.tiered.offset.enable'] },
  {
    why: ONE_NODE,
    onlyAlone: true,
    names: [
      'follower.replication.throttled.rate',
      'leader.replication.throttled.rate',
      'num.replica.fetchers',
      'replica.fetch.',
      'replica.selector.class',
      'replica.socket.',
      'replication.quota.',
      'socket.connection.setup.timeout.max.ms',
      'socket.connection.setup.timeout.ms',
      'sasl.client.callback.handler.class',
      'sasl.login.',
      'sasl.mechanism.controller.protocol',
      'sasl.oauthbearer.assertion.',
      'sasl.oauthbearer.client.credentials.',
      'sasl.oauthbearer.jwt.retriever.class',
      'sasl.oauthbearer.scope',
      'sasl.oauthbearer.token.endpoint.url',
      'ssl.endpoint.identification.algorithm',
    ],
  },
  {
    why: OWN_CONTROLLER,
    names: [
      'controller.quorum.append.linger.ms',
      'controller.quorum.auto.join.enable',
      'controller.quorum.election.',
      'controller.quorum.fetch.timeout.ms',
      'metadata.max.idle.interval.ms',
    ],
  },
  { why: WARMUP_TASKS, names: ['group.streams.num.warmup.replicas'] },
  { why: ONE_SHARE_ASSIGNOR, names: ['group.share.assignors', 'group.share.assignor.offload.enable'] },
  { why: JAVA_CLASSES_OF_SHARES, names: ['group.share.dlq.manager.class.name', 'group.share.persister.class.name'] },
  {
    why: ONE_LOOP_FOR_SHARES,
    names: [
      'share.coordinator.threads',
      'share.coordinator.cached.buffer.max.bytes',
      'share.fetch.purgatory.purge.interval.requests',
    ],
  },
  {
    why: 'One loop does all the work: there are no threads to be counted',
    names: [
      'background.threads',
      'group.consumer.assignor.offload.enable',
      'group.streams.assignor.offload.enable',
      'group.coordinator.background.threads',
      'group.coordinator.threads',
      'num.io.threads',
      'num.network.threads',
      'num.replica.alter.log.dirs.threads',
    ],
  },
  {
    why: JVM,
    names: [
      'alter.config.policy.class.name',
      'client.quota.callback.class',
      'config.providers',
      'create.topic.policy.class.name',
      'group.streams.topology.description.plugin.class',
      'security.providers',
      'ssl.keymanager.algorithm',
      'ssl.provider',
      'ssl.secure.random.implementation',
      'ssl.trustmanager.algorithm',
    ],
  },
  {
    why: 'Metrics are totals, from which the one who reads them makes rates: there are no samples, and all are recorded',
    names: ['metrics.num.samples', 'metrics.recording.level', 'metrics.sample.window.ms'],
  },
  {
    why: 'Reporters are classes of Java, and there is no JVM: /metrics and OTLP give what they would report',
    names: ['kafka.metrics.polling.interval.secs', 'kafka.metrics.reporters', 'metric.reporters'],
  },
  {
    why: 'Commands of the controller take their turns in the one loop: its pauses are a metric, and are not logged',
    names: ['controller.performance.'],
  },
  {
    why: 'The authorizer knows the ACLs before any listener is opened',
    names: ['early.start.listeners'],
  },
  { why: 'Kerberos is not offered', names: ['sasl.kerberos.'] },
  {
    why: 'Requests that wait are forgotten as soon as they are answered: nothing has to be purged',
    names: [
      'delete.records.purgatory.purge.interval.requests',
      'fetch.purgatory.purge.interval.requests',
      'producer.purgatory.purge.interval.requests',
    ],
  },
  {
    why: 'The bytes of a replica that moves flow evenly, not in windows',
    names: ['alter.log.dirs.replication.quota.'],
  },
  {
    why: 'Node leaves the buffers of a socket to the system, which sizes them by the connection',
    names: ['socket.receive.buffer.bytes', 'socket.send.buffer.bytes'],
  },
  { why: LZ4, names: ['compression.lz4.level'] },
  {
    why: 'Version 6 of InitProducerId, by which a producer asks for it, is not released by Kafka',
    names: ['transaction.two.phase.commit.enable'],
  },
  { why: 'A store is told by its bytes', names: ['ssl.keystore.type', 'ssl.truststore.type'] },
  { why: 'ssl.enabled.protocols alone decides', names: ['ssl.protocol'] },
  {
    why: 'A log start offset is written down as soon as it moves',
    names: ['log.flush.start.offset.checkpoint.interval.ms'],
  },
  {
    why: 'The buffer in which the coordinator gathers records is not kept between batches',
    names: ['group.coordinator.cached.buffer.max.bytes'],
  },
  { why: 'A start may take as long as it has to', names: ['server.max.startup.time.ms'] },
  {
    why: 'A snapshot that is replaced is removed at once, and a batch of the metadata log holds what one command writes',
    names: [
      'internal.metadata.delete.delay.millis',
      'internal.metadata.log.segment.bytes',
      'internal.metadata.max.batch.size.in.bytes',
    ],
  },
  {
    why: 'No version that Kafka has not released yet is served',
    names: ['unstable.api.versions.enable', 'unstable.feature.versions.enable'],
  },
]

/** Keys whose default is all that can be had: any other value is an error. */
const refused: Readonly<Partial<Record<ConfigScope, readonly Reason[]>>> = {
  broker: [
    { why: 'true is refused: tiered storage needs plugins of Java', names: ['remote.log.storage.system.enable'] },
    {
      why: 'Codecs other than 0 are refused: the offsets topic is written without compression',
      names: ['offsets.topic.compression.codec'],
    },
    { why: 'Classes of Java are refused on listeners with TLS', names: ['ssl.engine.factory.class'] },
  ],
  topic: [{ why: 'true is refused: tiered storage needs plugins of Java', names: ['remote.storage.enable'] }],
}

const topic: readonly Reason[] = [
  {
    why: TIERED_STORAGE,
    names: [
      'local.retention.bytes',
      'local.retention.ms',
      'remote.copy.lag.bytes',
      'remote.copy.lag.ms',
      'remote.log.copy.disable',
      'remote.log.delete.on.disable',
    ],
  },
  {
    why: ONE_NODE,
    onlyAlone: true,
    names: ['follower.replication.throttled.replicas', 'leader.replication.throttled.replicas'],
  },
  { why: LZ4, names: ['compression.lz4.level'] },
]

const group: readonly Reason[] = [
  { why: WARMUP_TASKS, names: ['streams.num.warmup.replicas'] },
  {
    why: 'Assignments are made in the one loop that does all the work',
    names: ['consumer.assignor.offload.enable', 'streams.assignor.offload.enable'],
  },
  { why: ONE_SHARE_ASSIGNOR, names: ['share.assignor.offload.enable'] },
]

const withoutEffect: Readonly<Record<ConfigScope, readonly Reason[]>> = {
  broker,
  topic,
  group,
  'client-metrics': [],
}

/** `effective`: the key does what Kafka's documentation says, or is refused where it could not. */
export type Effect = 'effective' | 'without effect' | 'refused'

export interface Effectiveness {
  readonly effect: Effect
  /** Why not, as a sentence; null where it is effective. */
  readonly why: string | null
}

const names = (entry: string, name: string): boolean => (entry.endsWith('.') ? name.startsWith(entry) : name === entry)

const reasonOf = (list: readonly Reason[], name: string): Reason | undefined =>
  list.find((reason) => reason.names.some((entry) => names(entry, name)))

/** The sentence on any key that the tables have, also behind the prefix of a listener. */
export function effectOf(scope: ConfigScope, name: string): Effectiveness {
  const key = scope === 'broker' ? baseName(name) : name
  const refusal = reasonOf(refused[scope] ?? [], key)
  if (refusal !== undefined) return { effect: 'refused', why: refusal.why }
  const reason = reasonOf(withoutEffect[scope], key)
  return reason === undefined ? { effect: 'effective', why: null } : { effect: 'without effect', why: reason.why }
}

/**
 * The sentence of a warning about those of the names that change nothing; null where each of them does something.
 * `isInCluster`: the broker is one of several, under controllers elsewhere.
 */
export function warningWithoutEffect(scope: ConfigScope, names: Iterable<string>, isInCluster: boolean): string | null {
  const isIdle = (name: string): boolean => {
    const reason = reasonOf(withoutEffect[scope], scope === 'broker' ? baseName(name) : name)
    return effectOf(scope, name).effect === 'without effect' && !(isInCluster && reason?.onlyAlone)
  }
  const idle = [...names].filter(isIdle).sort()
  return idle.length === 0 ? null : `Without effect: ${idle.join(', ')} (samsa configs says why).`
}
