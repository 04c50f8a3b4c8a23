import time

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, OFFSET_STORED, KafkaError, TopicPartition, libversion

from driver import case, equal, eventually
from session import consumer, drain, numbered, producer, read, send, send_by, take, topic, values


@case("consume: seek by number, from the beginning and the end", smoke=True)
def seek(context):
    name = topic(context)
    send(context, name, numbered("s", 100))
    client = consumer(context)
    client.assign([TopicPartition(name, 0, 97)])
    equal(values(take(client, 3)), ["s-97", "s-98", "s-99"])
    client.seek(TopicPartition(name, 0, 50))
    equal(values(take(client, 2)), ["s-50", "s-51"])
    client.seek(TopicPartition(name, 0, OFFSET_BEGINNING))
    equal(values(take(client, 1)), ["s-0"])
    client.seek(TopicPartition(name, 0, OFFSET_END))
    equal(client.poll(0.5), None)
    send(context, name, ["after"])
    equal(values(take(client, 1)), ["after"])
    equal(client.position([TopicPartition(name, 0)])[0].offset, 101)


@case("consume: offsets by time", smoke=True)
def by_time(context):
    name = topic(context)
    send(context, name, [{"value": f"t-{i}", "timestamp": 1_600_000_000_000 + i * 1_000} for i in range(50)])
    client = consumer(context)

    def at(timestamp):
        return client.offsets_for_times([TopicPartition(name, 0, timestamp)], timeout=10)[0].offset

    equal(at(0), 0)
    equal(at(1_600_000_010_000), 10)
    equal(at(1_600_000_010_001), 11)
    equal(at(1_600_000_049_000), 49)
    equal(at(1_600_000_049_001), OFFSET_END)


@case("consume: an offset out of range is reset", smoke=True)
def out_of_range(context):
    name = topic(context)
    send(context, name, numbered("r", 10))
    equal(values(read(context, name, 10, offset=5_000, auto_offset_reset="earliest")), numbered("r", 10))
    client = consumer(context, auto_offset_reset="error")
    client.assign([TopicPartition(name, 0, 5_000)])
    failed = eventually("an error", lambda: client.poll(0.2))
    equal(failed.error().code(), KafkaError._AUTO_OFFSET_RESET)


@case("consume: the end of a partition is told")
def partition_end(context):
    name = topic(context)
    send(context, name, ["only"])
    client = consumer(context, enable_partition_eof=True)
    client.assign([TopicPartition(name, 0, 0)])
    told = [eventually("a message", lambda: client.poll(0.2)) for _ in range(2)]
    equal(told[0].value(), b"only")
    equal((told[1].error().code(), told[1].offset()), (KafkaError._PARTITION_EOF, 1))


@case("consume: pause and resume")
def pause(context):
    name = topic(context, partitions=2)
    client = consumer(context)
    first, second = TopicPartition(name, 0, 0), TopicPartition(name, 1, 0)
    client.assign([first, second])
    client.pause([first])
    send(context, name, [{"value": f"p-{i}", "partition": i % 2} for i in range(20)])
    equal({one.partition() for one in take(client, 10)}, {1})
    equal(client.poll(0.5), None)
    client.resume([first])
    equal({one.partition() for one in take(client, 10)}, {0})


@case("consume: long poll answers when a message comes", smoke=True)
def long_poll(context):
    name = topic(context)
    client = consumer(context, fetch_wait_max_ms=10_000, fetch_min_bytes=1)
    client.assign([TopicPartition(name, 0, 0)])
    equal(client.poll(1), None)
    started = time.monotonic()
    send(context, name, ["now"])
    equal(values(take(client, 1)), ["now"])
    equal(time.monotonic() - started < 4, True, "the answer before the poll's time")


@case("consume: small fetches walk through large batches")
def small_fetches(context):
    name = topic(context)
    sent = ["x" * 1_000 + str(i) for i in range(500)]
    send(context, name, sent, linger_ms=50)
    small = {"message_max_bytes": 1_000, "fetch_max_bytes": 1_000, "max_partition_fetch_bytes": 500}
    received = read(context, name, 500, **small)
    equal(values(received) == sent, True, "everything in order")


@case("consume: commit, stored offsets and positions", smoke=True)
def commits(context):
    name = topic(context)
    group = context.unique("group")
    send(context, name, numbered("c", 30))
    first = consumer(context, group_id=group, enable_auto_commit=False)
    first.subscribe([name])
    received = take(first, 10)
    committed = first.commit(message=received[-1], asynchronous=False)
    equal([(one.offset, one.error) for one in committed], [(10, None)])
    equal(first.committed([TopicPartition(name, 0)], timeout=10)[0].offset, 10)
    first.close()
    second = consumer(context, group_id=group, enable_auto_commit=False)
    second.assign([TopicPartition(name, 0, OFFSET_STORED)])
    equal(values(take(second, 20)), numbered("c", 30)[10:])
    offset = TopicPartition(name, 0, 3, metadata="why three", leader_epoch=0)
    second.commit(offsets=[offset], asynchronous=False)
    stored = second.committed([TopicPartition(name, 0)], timeout=10)[0]
    equal((stored.offset, stored.metadata, stored.leader_epoch), (3, "why three", 0))


@case("consume: automatic commit on close")
def auto_commit(context):
    name = topic(context)
    group = context.unique("group")
    send(context, name, numbered("a", 25))
    first = consumer(context, group_id=group, auto_commit_interval_ms=60_000)
    first.subscribe([name])
    take(first, 25)
    first.close()
    second = consumer(context, group_id=group)
    equal(second.committed([TopicPartition(name, 0)], timeout=10)[0].offset, 25)


@case("consume: read_committed sees what was committed alone", smoke=True)
def read_committed(context):
    name = topic(context)
    client = producer(context, transactional_id=context.unique("id"))
    client.init_transactions(20)
    client.begin_transaction()
    send_by(client, name, numbered("aborted", 5))
    client.abort_transaction(20)
    client.begin_transaction()
    send_by(client, name, numbered("committed", 5))
    client.commit_transaction(20)
    client.begin_transaction()
    send_by(client, name, numbered("open", 5))
    all_of_it = numbered("aborted", 5) + numbered("committed", 5) + numbered("open", 5)
    equal(values(read(context, name, 15, isolation_level="read_uncommitted")), all_of_it)
    careful = consumer(context, isolation_level="read_committed")
    careful.assign([TopicPartition(name, 0, 0)])
    equal(values(drain(careful)), numbered("committed", 5))
    client.commit_transaction(20)
    equal(values(take(careful, 5)), numbered("open", 5))


def version():
    from confluent_kafka import version as python_version

    return f"{python_version()} (librdkafka {libversion()[0]})"
