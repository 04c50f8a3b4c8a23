from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    ElectionType,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from driver import case, equal, eventually
from session import admin, consumer, error_code, numbered, producer, read, send, send_by, take, topic, values


def _only(futures):
    """The one future of a call about one thing."""
    (future,) = futures.values()
    return future


def _code(futures):
    return error_code(_only(futures).result, 20)


@case("admin: the cluster", smoke=True)
def cluster(context):
    client = admin(context)
    described = client.describe_cluster(include_authorized_operations=True).result(20)
    equal(len(described.nodes), context.brokers)
    equal(context.bootstrap_servers in {f"{node.host}:{node.port}" for node in described.nodes}, True)
    ids = {node.id for node in described.nodes}
    equal(described.controller.id in ids, True)
    listed = client.list_topics(timeout=10)
    equal(listed.cluster_id, described.cluster_id)
    equal(set(listed.brokers), ids)


@case("admin: topics are made, described and deleted", smoke=True)
def topics(context):
    client = admin(context)
    name = context.unique("made")
    new = NewTopic(name, 3, 1, config={"retention.ms": "12345678"})
    _only(client.create_topics([new])).result(20)
    equal(_code(client.create_topics([new])), KafkaError.TOPIC_ALREADY_EXISTS)
    described = _known(client, name)
    equal([(one.id, len(one.replicas), len(one.isr)) for one in described.partitions], [(0, 1, 1), (1, 1, 1), (2, 1, 1)])
    equal(described.is_internal, False)
    _only(client.delete_topics([name])).result(20)
    equal(_code(client.delete_topics([name])), KafkaError.UNKNOWN_TOPIC_OR_PART)
    eventually("the topic is gone", lambda: name not in client.list_topics(timeout=10).topics)


def _known(client, name):
    """The topic's description, once the broker has heard of it from the controller."""

    def ask():
        try:
            return _only(client.describe_topics(TopicCollection([name]))).result(20)
        except KafkaException:
            return None

    return eventually(f"{name} is known", ask)


@case("admin: what may not be made", smoke=True)
def refused_topics(context):
    client = admin(context)

    def code(new):
        return _code(client.create_topics([new]))

    equal(code(NewTopic("not/a/name", 1, 1)), KafkaError.TOPIC_EXCEPTION)
    equal(code(NewTopic(context.unique("none"), 0, 1)), KafkaError.INVALID_PARTITIONS)
    equal(code(NewTopic(context.unique("copies"), 1, context.brokers + 1)), KafkaError.INVALID_REPLICATION_FACTOR)
    equal(code(NewTopic(context.unique("config"), 1, 1, config={"no.such.key": "1"})), KafkaError.INVALID_CONFIG)
    equal(code(NewTopic(context.unique("value"), 1, 1, config={"retention.ms": "x"})), KafkaError.INVALID_CONFIG)
    equal(_code(client.describe_topics(TopicCollection([context.unique("nowhere")]))), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case("admin: validate only makes nothing")
def validate_only(context):
    client = admin(context)
    name = context.unique("validated")
    _only(client.create_topics([NewTopic(name, 1, 1)], validate_only=True)).result(20)
    equal(name in client.list_topics(timeout=10).topics, False)
    existing = topic(context)
    _only(client.create_partitions([NewPartitions(existing, 5)], validate_only=True)).result(20)
    equal(len(client.list_topics(existing, timeout=10).topics[existing].partitions), 1)


@case("admin: partitions are added", smoke=True)
def partitions(context):
    client = admin(context)
    name = topic(context)
    _only(client.create_partitions([NewPartitions(name, 4)])).result(20)
    eventually("four partitions", lambda: len(client.list_topics(name, timeout=10).topics[name].partitions) == 4)
    equal(_code(client.create_partitions([NewPartitions(name, 2)])), KafkaError.INVALID_PARTITIONS)
    equal(_code(client.create_partitions([NewPartitions(context.unique("no"), 2)])), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case("admin: configs of a topic, at once and step by step", smoke=True)
def topic_configs(context):
    client = admin(context)
    name = topic(context)

    def entry(key):
        return _only(client.describe_configs([ConfigResource(ResourceType.TOPIC, name)])).result(20)[key]

    equal((entry("retention.ms").value, entry("retention.ms").is_default), ("604800000", True))
    steps = [
        ConfigEntry("retention.ms", "1000", incremental_operation=AlterConfigOpType.SET),
        ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND),
    ]
    _only(client.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, name, incremental_configs=steps)])).result(20)
    eventually("the new value", lambda: entry("retention.ms").value == "1000")
    equal(entry("retention.ms").source, ConfigSource.DYNAMIC_TOPIC_CONFIG.value)
    equal(entry("cleanup.policy").value, "delete,compact")
    undo = [ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE)]
    _only(client.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, name, incremental_configs=undo)])).result(20)
    eventually("the default", lambda: entry("retention.ms").value == "604800000")
    _only(client.alter_configs([ConfigResource(ResourceType.TOPIC, name, set_config={"segment.ms": "5000"})])).result(20)
    eventually("everything replaced", lambda: (entry("segment.ms").value, entry("cleanup.policy").value) == ("5000", "delete"))
    wrong = [ConfigEntry("retention.ms", "soon", incremental_operation=AlterConfigOpType.SET)]
    wrong_resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=wrong)
    equal(_code(client.incremental_alter_configs([wrong_resource])), KafkaError.INVALID_CONFIG)
    nowhere = ConfigResource(ResourceType.TOPIC, context.unique("nowhere"))
    equal(_code(client.describe_configs([nowhere])), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case("admin: configs of the broker")
def broker_configs(context):
    client = admin(context)
    broker = min(client.list_topics(timeout=10).brokers)
    resource = ConfigResource(ResourceType.BROKER, str(broker))
    before = _only(client.describe_configs([resource])).result(20)
    equal(before["log.dirs"].is_read_only, True)
    equal((before["log.cleaner.threads"].value, before["log.cleaner.threads"].is_read_only), ("1", False))
    change = [ConfigEntry("log.cleaner.threads", "2", incremental_operation=AlterConfigOpType.SET)]
    _only(client.incremental_alter_configs([ConfigResource(ResourceType.BROKER, str(broker), incremental_configs=change)])).result(20)

    def now():
        found = _only(client.describe_configs([resource])).result(20)["log.cleaner.threads"]
        return found.value, found.source

    eventually("the new value", lambda: now() == ("2", ConfigSource.DYNAMIC_BROKER_CONFIG.value))
    undo = [ConfigEntry("log.cleaner.threads", None, incremental_operation=AlterConfigOpType.DELETE)]
    _only(client.incremental_alter_configs([ConfigResource(ResourceType.BROKER, str(broker), incremental_configs=undo)])).result(20)
    eventually("the default", lambda: now()[0] == "1")


@case("admin: offsets by position, time and isolation", smoke=True)
def offsets(context):
    client = admin(context)
    name = topic(context)
    send(context, name, [{"value": f"{i}", "timestamp": 1_600_000_000_000 + i} for i in range(10)])
    writer = producer(context, transactional_id=context.unique("id"))
    writer.init_transactions(20)
    writer.begin_transaction()
    send_by(writer, name, [{"value": "open", "timestamp": 1_500_000_000_000}])

    def at(spec, **options):
        found = _only(client.list_offsets({TopicPartition(name, 0): spec}, **options)).result(20)
        return found.offset

    equal(at(OffsetSpec.earliest()), 0)
    equal(at(OffsetSpec.latest()), 11)
    equal(at(OffsetSpec.latest(), isolation_level=IsolationLevel.READ_COMMITTED), 10)
    equal(at(OffsetSpec.for_timestamp(1_600_000_000_004)), 4)
    equal(at(OffsetSpec.max_timestamp()), 9)
    writer.abort_transaction(20)


@case("admin: records are deleted", smoke=True)
def delete_records(context):
    client = admin(context)
    name = topic(context)
    send(context, name, numbered("d", 20))
    equal(_only(client.delete_records([TopicPartition(name, 0, 7)])).result(20).low_watermark, 7)
    equal(values(read(context, name, 13, offset=0)), numbered("d", 20)[7:])
    equal(_code(client.delete_records([TopicPartition(name, 0, 21)])), KafkaError.OFFSET_OUT_OF_RANGE)
    equal(_only(client.delete_records([TopicPartition(name, 0, -1)])).result(20).low_watermark, 20)


@case("admin: groups are listed, described and deleted", smoke=True)
def groups(context):
    client = admin(context)
    name = topic(context)
    group = context.unique("group")
    send(context, name, numbered("g", 5))
    member = consumer(context, group_id=group, client_id="the-client")
    member.subscribe([name])
    take(member, 5)
    described = _only(client.describe_consumer_groups([group], include_authorized_operations=True)).result(20)
    equal((described.state, described.partition_assignor), (ConsumerGroupState.STABLE, "range"))
    (one,) = described.members
    equal((one.client_id, _pairs(one.assignment.topic_partitions)), ("the-client", [(name, 0)]))
    equal(_code(client.delete_consumer_groups([group])), KafkaError.NON_EMPTY_GROUP)
    member.close()
    listed = client.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(20)
    equal(group in [each.group_id for each in listed.valid], True, "the group among the empty ones")
    equal(listed.errors, [])
    _only(client.delete_consumer_groups([group])).result(20)
    equal(_code(client.delete_consumer_groups([group])), KafkaError.GROUP_ID_NOT_FOUND)


def _pairs(found):
    return sorted((one.topic, one.partition) for one in found)


@case("admin: offsets of a group are listed and altered", smoke=True)
def group_offsets(context):
    client = admin(context)
    name = topic(context, partitions=2)
    group = context.unique("group")
    wanted = [TopicPartition(name, 0, 11), TopicPartition(name, 1, 22)]
    _only(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, wanted)])).result(20)

    def listed(partitions):
        found = _only(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, partitions)])).result(20)
        return sorted((one.partition, one.offset) for one in found.topic_partitions)

    equal(listed(None), [(0, 11), (1, 22)])
    equal(listed([TopicPartition(name, 1)]), [(1, 22)])
    member = consumer(context, group_id=group)
    equal([one.offset for one in member.committed([TopicPartition(name, i) for i in range(2)], timeout=10)], [11, 22])


@case("admin: ACLs without an authorizer")
def acls(context):
    who = (ResourceType.TOPIC, context.unique("topic"), ResourcePatternType.LITERAL, "User:reader", "*")
    binding = AclBinding(*who, AclOperation.READ, AclPermissionType.ALLOW)
    equal(_code(admin(context).create_acls([binding])), KafkaError.SECURITY_DISABLED)


@case("admin: SCRAM users")
def scram(context):
    client = admin(context)
    user = context.unique("user")
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4_096)
    upsertion = UserScramCredentialUpsertion(user, info, b"secret")
    _only(client.alter_user_scram_credentials([upsertion])).result(20)

    def iterations():
        found = client.describe_user_scram_credentials([user])[user].result(20)
        return [one.iterations for one in found.scram_credential_infos]

    eventually("the credential", lambda: _quietly(iterations) == [4_096])


def _quietly(call):
    try:
        return call()
    except Exception:
        return None


@case("admin: leaders are elected")
def elect_leaders(context):
    name = topic(context)
    partition = TopicPartition(name, 0)
    result = admin(context).elect_leaders(ElectionType.PREFERRED, [partition]).result(20)
    equal(result[partition].code(), KafkaError.ELECTION_NOT_NEEDED)


@case("admin: a topic deleted and made again is a new one", smoke=True)
def made_again(context):
    client = admin(context)
    name = topic(context)
    first_id = str(_known(client, name).topic_id)
    send(context, name, numbered("old", 5))
    _only(client.delete_topics([name])).result(20)
    eventually("the topic is gone", lambda: name not in client.list_topics(timeout=10).topics)
    _only(client.create_topics([NewTopic(name, 1, 1)])).result(20)
    equal(str(_known(client, name).topic_id) != first_id, True, "another id")
    send(context, name, ["new"])
    equal(values(read(context, name, 1)), ["new"])
