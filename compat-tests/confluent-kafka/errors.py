from confluent_kafka import KafkaError, KafkaException, TopicPartition

from driver import case, equal, eventually
from session import admin, consumer, error_code, numbered, producer, read, send, topic, values


@case("errors: a message too large for the topic", smoke=True)
def too_large(context):
    name = topic(context, max_message_bytes=1_000)
    code = error_code(send, context, name, ["x" * 5_000])
    equal(code, KafkaError.MSG_SIZE_TOO_LARGE)
    send(context, name, ["small"])
    equal(values(read(context, name, 1)), ["small"])


@case("errors: a message without a key for a compacted topic", smoke=True)
def keyless(context):
    name = topic(context, cleanup_policy="compact")
    equal(error_code(send, context, name, ["no key"]), KafkaError.INVALID_RECORD)
    send(context, name, [{"key": "k", "value": "v"}])


@case("errors: a timestamp too far from the broker's")
def timestamp(context):
    name = topic(context, message_timestamp_before_max_ms=1_000)
    code = error_code(send, context, name, [{"value": "v", "timestamp": 1_000}])
    equal(code, KafkaError.INVALID_TIMESTAMP)


@case("errors: more replicas wanted in sync than there are means all of them")
def in_sync(context):
    name = topic(context, min_insync_replicas=2)
    send(context, name, ["v"], acks="all", message_timeout_ms=5_000)


@case("errors: a topic that nobody may make", smoke=True)
def unknown_topic(context):
    name = context.unique("nowhere")
    code = error_code(send, context, name, ["v"], allow_auto_create_topics=False, message_timeout_ms=3_000)
    equal(code in (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._MSG_TIMED_OUT), True, code)
    client = consumer(context)
    client.subscribe([name])
    failed = eventually("an error", lambda: client.poll(0.2), 15)
    equal(failed.error().code(), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case("errors: a partition that does not exist")
def unknown_partition(context):
    name = topic(context)
    code = error_code(send, context, name, [{"value": "v", "partition": 7}], message_timeout_ms=3_000)
    equal(code, KafkaError._UNKNOWN_PARTITION)


@case("errors: an invalid topic name")
def invalid_topic(context):
    code = error_code(send, context, "not a name!", ["v"], message_timeout_ms=5_000)
    equal(code in (KafkaError.TOPIC_EXCEPTION, KafkaError._UNKNOWN_TOPIC), True, code)


@case("errors: a group that does not exist", smoke=True)
def unknown_group(context):
    group = context.unique("unknown")
    described = admin(context).describe_consumer_groups([group])[group]
    try:
        found = described.result(20)
        equal((found.state.name, list(found.members)), ("DEAD", []))
    except KafkaException as failure:
        equal(failure.args[0].code(), KafkaError.GROUP_ID_NOT_FOUND)
    client = consumer(context, group_id=group)
    equal(client.committed([TopicPartition(topic(context), 0)], timeout=10)[0].offset, -1001)


@case("errors: commit of an offset's metadata that is too long")
def long_metadata(context):
    name = topic(context)
    client = consumer(context)
    offset = TopicPartition(name, 0, 1, metadata="m" * 5_000)
    equal(error_code(client.commit, offsets=[offset], asynchronous=False), KafkaError.OFFSET_METADATA_TOO_LARGE)


@case("restart: SIGKILL while producing and consuming", timeout_ms=120_000)
def restart(context):
    name = topic(context)
    client = consumer(context)
    client.subscribe([name])
    writer = producer(context, enable_idempotence=True, batch_num_messages=100)
    failures = []
    on_delivery = lambda error, _: failures.append(error) if error else None
    for i in range(10_000):
        writer.produce(name, value=f"r-{i}", on_delivery=on_delivery)
        writer.poll(0)
        if i == 5_000:
            context.restart_broker()
    equal(writer.flush(60), 0, "messages not delivered")
    equal(failures, [])
    received = []

    def all_there():
        received.extend(one for one in client.consume(1_000, 0.2) if not one.error())
        return len({one.value() for one in received}) == 10_000

    eventually("all messages", all_there, 60)
    equal(values(read(context, name, 10_000)), numbered("r", 10_000))
