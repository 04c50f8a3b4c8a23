"""kafka-python as a driver of cases (support/driver.ts)."""

import time

import kafka
from kafka import OffsetAndMetadata, TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, OffsetSpec

from driver import case, equal, eventually, in_thread, main
from session import admin, consumer, failure, numbered, producer, read, send, send_by, take, topic, values


def _round_trip(codec):
    def run(context):
        name = topic(context)
        sent = numbered(f"text that repeats itself, {codec}", 300)
        send(context, name, sent, compression_type=codec)
        equal(read(context, name, 300), sent)

    return run


for _codec in (None, "gzip", "snappy", "lz4", "zstd"):
    case(f"produce: compression {_codec or 'none'}")(_round_trip(_codec))


def _acknowledged(acks):
    def run(context):
        name = topic(context)
        send(context, name, numbered("m", 50), acks=acks, enable_idempotence=False)
        equal(read(context, name, 50), numbered("m", 50))

    return run


for _acks in (0, 1, "all"):
    case(f"produce: acks {_acks}")(_acknowledged(_acks))


@case("produce: keys, headers, nulls and timestamps")
def contents(context):
    name = topic(context)
    client = producer(context)
    headers = [("a", b"1"), ("a", b"2")]
    client.send(name, b"v", key=b"k", headers=headers, timestamp_ms=1_500_000_000_123).get(10)
    client.send(name, None, key=b"k").get(10)
    reader = consumer(context, group_id=None)
    reader.assign([TopicPartition(name, 0)])
    first, second = take(reader, 2)
    equal((first.key, first.value, first.timestamp, first.timestamp_type), (b"k", b"v", 1_500_000_000_123, 0))
    equal([(key, bytes(value)) for key, value in first.headers], headers)
    equal((second.key, second.value), (b"k", None))


@case("produce: idempotent, in order")
def idempotent(context):
    name = topic(context)
    told = send(context, name, numbered("once", 1_000), enable_idempotence=True, batch_size=1_000, linger_ms=2)
    equal([one.offset for one in told], list(range(1_000)), "offsets")
    equal(read(context, name, 1_000), numbered("once", 1_000))


@case("produce: transactions, seen by read_committed alone when they end")
def transactions(context):
    name = topic(context)
    client = producer(context, transactional_id=context.unique("id"))
    client.init_transactions()
    for word, end in (("aborted", client.abort_transaction), ("committed", client.commit_transaction)):
        client.begin_transaction()
        send_by(client, name, numbered(word, 3))
        end()
    equal(read(context, name, 3, isolation_level="read_committed"), numbered("committed", 3))
    equal(read(context, name, 6), numbered("aborted", 3) + numbered("committed", 3))


@case("produce: offsets in a transaction")
def transaction_offsets(context):
    name, group = topic(context), context.unique("group")
    partition = TopicPartition(name, 0)
    client = producer(context, transactional_id=context.unique("id"))
    client.init_transactions()
    client.begin_transaction()
    client.send_offsets_to_transaction({partition: OffsetAndMetadata(7, "seven", 0)}, group)
    client.commit_transaction()
    client.begin_transaction()
    client.send_offsets_to_transaction({partition: OffsetAndMetadata(9, "nine", 0)}, group)
    client.abort_transaction()
    equal(admin(context).list_group_offsets(group), {group: {partition: OffsetAndMetadata(7, "seven", 0)}})


@case("produce: refusals")
def refusals(context):
    name = topic(context, max_message_bytes=1_000)
    large = producer(context, max_request_size=100_000)
    equal(type(failure(large.send(name, b"x" * 5_000).get, 10)), errors.MessageSizeTooLargeError)
    compacted = topic(context, cleanup_policy="compact")
    equal(isinstance(failure(large.send(compacted, b"no key").get, 10), errors.KafkaError), True)
    invalid = failure(producer(context, max_block_ms=3_000).send, "not a name!", b"v")
    equal(isinstance(invalid, (errors.InvalidTopicError, errors.KafkaTimeoutError, ValueError)), True, repr(invalid))


@case("consume: seek by number and time, ends and beginnings")
def positions(context):
    name = topic(context)
    partition = TopicPartition(name, 0)
    client = producer(context)
    for i in range(20):
        client.send(name, f"p-{i}".encode(), partition=0, timestamp_ms=1_600_000_000_000 + i * 1_000)
    client.flush()
    reader = consumer(context, group_id=None)
    reader.assign([partition])
    equal((reader.beginning_offsets([partition]), reader.end_offsets([partition])), ({partition: 0}, {partition: 20}))
    at = lambda time_ms: reader.offsets_for_times({partition: time_ms})[partition]
    equal((at(1_600_000_005_000).offset, at(1_600_000_005_001).offset, at(1_900_000_000_000)), (5, 6, None))
    reader.seek(partition, 17)
    equal(values(take(reader, 3)), ["p-17", "p-18", "p-19"])
    reader.seek_to_beginning(partition)
    equal(values(take(reader, 1)), ["p-0"])
    reader.seek_to_end(partition)
    equal(reader.position(partition), 20)


@case("consume: an offset out of range, with and without a reset")
def out_of_range(context):
    name = topic(context)
    send(context, name, numbered("r", 5))
    equal(read(context, name, 5, offset=500), numbered("r", 5))
    strict = consumer(context, group_id=None, auto_offset_reset="none")
    strict.assign([TopicPartition(name, 0)])
    strict.seek(TopicPartition(name, 0), 500)
    equal(type(failure(take, strict, 1)), errors.OffsetOutOfRangeError)


@case("consume: pause and resume")
def pause(context):
    name = topic(context, partitions=2)
    client = producer(context)
    for i in range(10):
        client.send(name, f"{i}".encode(), partition=i % 2)
    client.flush()
    first = TopicPartition(name, 0)
    reader = consumer(context, group_id=None)
    reader.assign([first, TopicPartition(name, 1)])
    reader.pause(first)
    equal({one.partition for one in take(reader, 5)}, {1})
    reader.resume(first)
    equal({one.partition for one in take(reader, 5)}, {0})


@case("consume: commits by hand and by time")
def commits(context):
    name, group = topic(context), context.unique("group")
    partition = TopicPartition(name, 0)
    send(context, name, numbered("c", 20))
    first = consumer(context, name, group_id=group, enable_auto_commit=False)
    take(first, 10)
    first.commit({partition: OffsetAndMetadata(10, "ten", -1)})
    equal(first.committed(partition, metadata=True), OffsetAndMetadata(10, "ten", -1))
    first.close()
    second = consumer(context, name, group_id=group, auto_commit_interval_ms=100)
    equal(values(take(second, 10)), numbered("c", 20)[10:])
    eventually("the commit", lambda: second.poll(1_000) is not None and second.committed(partition) == 20)


@case("consume: a pattern follows new topics")
def pattern(context):
    prefix = context.unique("pattern")
    reader = consumer(context, group_id=context.unique("group"), metadata_max_age_ms=500)
    send(context, f"{prefix}-a", ["a"])
    reader.subscribe(pattern=f"^{prefix}-.*")
    equal(values(take(reader, 1)), ["a"])
    send(context, f"{prefix}-b", ["b"])
    equal(values(take(reader, 1)), ["b"])


@case("group: members share the partitions, leave and come back", timeout_ms=90_000)
def balance(context):
    name, group = topic(context, partitions=4), context.unique("group")
    stopped = []

    def work(client, share):
        while not stopped:
            client.poll(1_000)
            share[:] = sorted(one.partition for one in client.assignment())
        client.close(autocommit=False)

    shares = [[], []]
    workers = [in_thread(work, consumer(context, name, group_id=group), share) for share in shares]
    eventually("two shares", lambda: sorted(shares[0] + shares[1]) == [0, 1, 2, 3] and all(shares), 50)
    equal([len(one) for one in shares], [2, 2])
    described = admin(context).describe_groups([group])[group]
    equal(len(described["members"]), 2)
    stopped.append(True)
    for one in workers:
        one.result()
    eventually("an empty group", lambda: admin(context).describe_groups([group])[group]["members"] == [])


@case("group: a static member fences the one before it")
def static_member(context):
    name, group = topic(context), context.unique("group")
    first = consumer(context, name, group_id=group, group_instance_id="same")
    eventually("the first has joined", lambda: first.poll(1_000) is not None and first.assignment())
    second = consumer(context, name, group_id=group, group_instance_id="same")
    eventually("the second has joined", lambda: second.poll(1_000) is not None and second.assignment())
    fenced = eventually("the first is fenced", lambda: _poll_failure(first))
    equal(isinstance(fenced, (errors.FencedInstanceIdError, errors.UnknownMemberIdError)), True, repr(fenced))


def _poll_failure(client):
    try:
        client.poll(1_000)
        client.commit()
    except Exception as error:
        return error
    return None


@case("admin: topics, partitions and configs")
def topics(context):
    client = admin(context)
    name = context.unique("made")
    client.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
    equal(type(failure(client.create_topics, {name: {"num_partitions": 1}})), errors.TopicAlreadyExistsError)
    client.create_partitions({name: NewPartitions(3)})
    eventually("three partitions", lambda: len(client.describe_topics([name])[0]["partitions"]) == 3)
    resource = ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "1000"})
    client.alter_configs([resource])
    described = lambda: client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)], config_filter="all")
    eventually("the config", lambda: described()["topic"][name]["retention.ms"]["value"] == "1000")
    client.delete_topics([name])
    eventually("it is gone", lambda: name not in client.list_topics())


@case("admin: records and offsets")
def records(context):
    client = admin(context)
    name = topic(context)
    partition = TopicPartition(name, 0)
    send(context, name, numbered("d", 10))
    equal(client.delete_records({partition: 4})[partition]["low_watermark"], 4)
    equal(type(failure(client.delete_records, {partition: 99})), errors.OffsetOutOfRangeError)
    at = lambda spec: client.list_partition_offsets({partition: spec})[partition].offset
    equal((at(OffsetSpec.EARLIEST), at(OffsetSpec.LATEST)), (4, 10))


@case("admin: groups")
def groups(context):
    client = admin(context)
    name, group = topic(context), context.unique("group")
    send(context, name, numbered("g", 3))
    member = consumer(context, name, group_id=group)
    take(member, 3)
    equal(group in {one["group_id"] for one in client.list_groups()}, True)
    equal(client.delete_groups([group])[group], "NonEmptyGroupError")
    member.close()
    equal(client.delete_groups([group])[group], "OK")
    equal(client.delete_groups([group])[group], "GroupIdNotFoundError")


@case("admin: the cluster and its log directories")
def cluster(context):
    client = admin(context)
    described = client.describe_cluster()
    equal(len(described["brokers"]), context.brokers)
    for one in client.describe_log_dirs():
        equal({each["error_code"] for each in one["log_dirs"]}, {0})


@case("restart: SIGKILL while producing and consuming", timeout_ms=120_000)
def restart(context):
    name = topic(context)
    reader = consumer(context, name, group_id=context.unique("group"))
    client = producer(context, enable_idempotence=True)
    futures = []
    for i, value in enumerate(numbered("r", 2_000)):
        if i == 1_000:
            context.restart_broker()
        futures.append(client.send(name, value.encode()))
    client.flush(60)
    equal(sorted(one.get(10).offset for one in futures), list(range(2_000)), "offsets")
    distinct = set()
    deadline = time.monotonic() + 60
    while len(distinct) < 2_000 and time.monotonic() < deadline:
        for found in reader.poll(1_000).values():
            distinct.update(values(found))
    equal(len(distinct), 2_000)


main(kafka.__version__)
