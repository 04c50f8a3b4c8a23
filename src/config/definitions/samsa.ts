import { anyList, boolean, custom, int, list, long, oneOf, password, string } from '../definition.ts'
import { metadataLevelOfRelease, RELEASES } from '../release-versions.ts'

const clusterId = custom('a cluster id: 22 characters of base64url', (value) =>
  value === null || value === '' || /^[a-zA-Z0-9_-]{1,64}={0,2}$/.test(value as string)
    ? null
    : 'A cluster id is made of letters, digits, - and _, as `kafka-storage random-uuid` prints it',
)

const releaseVersion = custom('a release of Kafka from 3.3 to 4.4', (value) =>
  value === null || metadataLevelOfRelease(value as string) !== null
    ? null
    : 'A release is 3.3 to 4.4, or the name of a level such as 4.3-IV0',
)

const likeRelease = custom('a release of Kafka from kafka-0.10 to kafka-4.4', (value) =>
  value === null || RELEASES.some((release) => release === value)
    ? null
    : 'It is kafka- and a release from 0.10 to 4.4, as in kafka-3.9',
)

const compatibilityLevel = custom(
  'NONE, or BACKWARD, FORWARD or FULL with _TRANSITIVE behind it or without',
  (value) =>
    /^(?:NONE|(?:BACKWARD|FORWARD|FULL)(?:_TRANSITIVE)?)$/i.test(value as string)
      ? null
      : 'A level is NONE, BACKWARD, FORWARD or FULL, the last three also with _TRANSITIVE',
)

/** Keys of samsa's own. Apache would ignore them. */
export const samsaDefinitions = {
  'samsa.add.scram': password({
    documentation:
      'SCRAM users of a new data directory, separated by commas: SCRAM-SHA-256=[name=alice,password=secret], as kafka-storage format takes them. `samsa --add-scram` sets it.',
  }),
  'samsa.acls': string('', {
    documentation:
      'ACLs to create at start where they do not exist, separated by semicolons: alice:read,write:topic:orders*. `samsa --acl` sets it, together with the authorizer.',
  }),
  'samsa.authentication.timeout.ms': int(30_000, {
    min: 1,
    documentation:
      'How long a client of a TLS or SASL listener has from its connection to the end of its login. Apache has no such limit but connections.max.idle.ms.',
  }),
  'samsa.cluster.id': string(null, {
    check: clusterId,
    documentation:
      'The cluster id that a new data directory gets and that an existing one must have. Without it, a new directory gets a random one. The CLUSTER_ID of the environment sets it.',
  }),
  'samsa.control.listener': string(null, {
    documentation:
      'Where programs in any language control this broker (faults, time, a clean state), as host:port, or as samsa.http.listeners has it. Whoever reaches it may do everything: it is for this machine alone, unless there is a samsa.http.token. `samsa --control` sets it.',
  }),
  'samsa.create.topics': string('', {
    documentation:
      'Topics to create at start where they do not exist: name:partitions[:replicas][:key=value], separated by commas, or by semicolons where a value has commas. KAFKA_CREATE_TOPICS of the environment sets it.',
  }),
  'samsa.fetch.unread.bytes': long(256 * 1024 * 1024, {
    min: 0,
    documentation:
      'How much memory the records may take that consumers have asked for and do not read from their connections. Beyond that a Fetch is answered with one batch at a time.',
  }),
  'samsa.http.listeners': list(null, {
    check: anyList(true, true),
    documentation:
      'Where HTTP is served (the web page, metrics, health, profiles), as http://host:port or https://host:port, separated by commas. Not set, the command line takes http://localhost:9644, or the next port that is free, and an embedded broker serves no HTTP; empty, nobody does. The keys of TLS are those of a listener named HTTP: listener.name.http.ssl.keystore.location.',
  }),
  'samsa.http.read.only': boolean(false, {
    documentation:
      'Whether the web page shows everything and changes nothing, whoever is logged in: requests of it that would are refused.',
  }),
  'samsa.http.token': password({
    documentation:
      'Whoever shows this over HTTP (Authorization: Bearer …) may do everything there, profiles of the process included. Not set, nobody is let in so.',
  }),
  'samsa.jaas.file': string(null, {
    documentation:
      "A JAAS file with a section KafkaServer, or {listener}.KafkaServer, for listeners without a sasl.jaas.config of their own: what Apache takes from the JVM's java.security.auth.login.config.",
  }),
  'samsa.legacy.protocol': boolean(true, {
    documentation:
      'Whether versions of requests that Apache Kafka 4.0 dropped are answered as well, for clients older than 2.1 (KIP-896). Without them, what ApiVersions says is exactly what Apache Kafka 4.4 says.',
  }),
  'samsa.like': string(null, {
    check: likeRelease,
    documentation:
      'The release of Kafka that this broker is to its clients, kafka-0.10 to kafka-4.4: APIs, versions and features are as that release has them, so that a client can be tested against it. For a broker that is alone. `samsa --like` sets it.',
  }),
  'samsa.log.tail.cache.bytes': long(48 * 1024 * 1024, {
    min: 0,
    documentation:
      'How much memory the newest records of all logs together may take, so that readers at the tail need no file. 0 keeps none.',
  }),
  'samsa.otlp.endpoint': string(null, {
    documentation:
      'Where metrics are pushed by OTLP over HTTP, in JSON: the URL of an OpenTelemetry collector, such as http://localhost:4318, or with the path that it takes them at (/v1/metrics where none is given). What clients push here (KIP-714) is among them. Not set, nothing is pushed.',
  }),
  'samsa.otlp.headers': password({
    documentation: 'Headers of these pushes, as name=value, separated by commas: a login, for one.',
  }),
  'samsa.otlp.interval.ms': int(60_000, {
    min: 100,
    documentation: 'How often metrics are pushed to samsa.otlp.endpoint.',
  }),
  'samsa.release.version': string(null, {
    check: releaseVersion,
    documentation:
      'The release of Kafka whose features a new data directory gets, as `kafka-storage format --release-version` takes it: 4.3, or a level by its name, 4.3-IV0. Without it, the newest. A directory that has data keeps its own.',
  }),
  'samsa.schema.registry.authentication.method': string(null, {
    check: oneOf('NONE', 'BASIC'),
    documentation:
      'Whether clients of the schema registry log in: NONE, nobody does; BASIC, everybody does, as a user of the broker. Not set, those do whom no listener of the broker would let in without a login.',
  }),
  'samsa.schema.registry.compatibility.level': string('BACKWARD', {
    check: compatibilityLevel,
    documentation:
      'The level of compatibility that new versions of a schema are held to where the registry has no other for their subject or for all.',
  }),
  'samsa.schema.registry.listeners': list(null, {
    check: anyList(true, true),
    documentation:
      'Where the REST API of a schema registry is served, as http://host:port or https://host:port, separated by commas. Its schemas are kept in the topic _schemas. Not set, or empty: there is none. `samsa --registry` sets it. The keys of TLS are those of a listener named HTTP.',
  }),
  'samsa.shutdown.timeout.ms': int(4_000, {
    min: 0,
    documentation:
      'How long a graceful stop waits for requests in progress to be answered before their connections are closed.',
  }),
  'samsa.users': password({
    documentation:
      'Users who may log in by PLAIN and SCRAM where a listener has these mechanisms: name:password, separated by commas; a backslash stands before a comma or a backslash of a password. `samsa --user` sets it.',
  }),
} as const
