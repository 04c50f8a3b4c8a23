from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, TopicPartition

from driver import case, equal, eventually
from session import CODECS, admin, consumer, numbered, producer, read, send, send_by, topic, values


def _round_trip(codec):
    def run(context):
        name = topic(context)
        sent = numbered(f"text that repeats itself, {codec}", 1_000)
        send(context, name, sent, compression_type=codec)
        equal(values(read(context, name, len(sent))), sent)

    return run


for _codec in CODECS:
    case(f"produce: compression {_codec}", smoke=True)(_round_trip(_codec))


def _acknowledged(acks):
    def run(context):
        name = topic(context)
        delivered = send(context, name, numbered("m", 100), acks=acks)
        if acks != 0:
            equal([one.offset() for one in delivered], list(range(100)), "offsets")
        equal(values(read(context, name, 100)), numbered("m", 100))

    return run


for _acks in (0, 1, "all"):
    case(f"produce: acks {_acks}", smoke=True)(_acknowledged(_acks))


@case("produce: keys, headers, nulls and timestamps", smoke=True)
def contents(context):
    name = topic(context)
    headers = [("a", b"1"), ("a", b"twice"), ("null", None), ("empty", b"")]
    messages = [
        {"key": "k", "value": "v", "headers": headers, "timestamp": 1_500_000_000_123},
        {"key": "k", "value": None, "timestamp": 1_400_000_000_000},
        {"key": None, "value": b""},
        {"key": b"", "value": bytes(range(256))},
    ]
    send(context, name, messages)
    first, second, third, fourth = read(context, name, 4)
    equal([(one.key(), one.value()) for one in (first, second)], [(b"k", b"v"), (b"k", None)])
    equal([(one.key(), one.value()) for one in (third, fourth)], [(None, b""), (b"", bytes(range(256)))])
    equal(first.headers(), headers)
    equal(first.timestamp(), (TIMESTAMP_CREATE_TIME, 1_500_000_000_123))
    equal(second.timestamp(), (TIMESTAMP_CREATE_TIME, 1_400_000_000_000))
    equal(second.headers(), None)


@case("produce: a topic that stamps messages itself")
def log_append_time(context):
    name = topic(context, message_timestamp_type="LogAppendTime")
    (delivered,) = send(context, name, [{"value": "v", "timestamp": 5}])
    kind, stamp = delivered.timestamp()
    equal(kind, TIMESTAMP_LOG_APPEND_TIME)
    (received,) = read(context, name, 1)
    equal(received.timestamp(), (TIMESTAMP_LOG_APPEND_TIME, stamp))
    equal(stamp > 1_500_000_000_000, True, "the broker's time")


@case("produce: a topic that compresses anew")
def recompression(context):
    for codec in ("gzip", "snappy", "lz4", "zstd", "uncompressed"):
        name = topic(context, compression_type=codec)
        send(context, name, numbered("again", 300), compression_type="lz4" if codec != "lz4" else "gzip")
        equal(values(read(context, name, 300)), numbered("again", 300), codec)


@case("produce: idempotent, small batches in flight", smoke=True)
def idempotent(context):
    name = topic(context)
    client = producer(context, enable_idempotence=True, batch_num_messages=20, linger_ms=0)
    delivered = send_by(client, name, numbered("once", 5_000))
    equal([one.offset() for one in delivered], list(range(5_000)), "offsets")
    equal(values(read(context, name, 5_000)), numbered("once", 5_000))


@case("produce: partitions by key and by number", smoke=True)
def partitions(context):
    name = topic(context, partitions=4)
    delivered = send(context, name, [{"value": f"{i}", "key": f"key-{i % 7}"} for i in range(700)])
    of_key = {}
    for one in delivered:
        of_key.setdefault(one.key(), set()).add(one.partition())
    equal({key: len(found) for key, found in of_key.items()}, {f"key-{i}".encode(): 1 for i in range(7)})
    numbers = send(context, name, [{"value": "p", "partition": i % 4} for i in range(8)])
    equal(sorted(one.partition() for one in numbers), [0, 0, 1, 1, 2, 2, 3, 3])


@case("produce: a large message")
def large(context):
    name = topic(context, max_message_bytes=8_000_000)
    value = bytes(range(256)) * 20_000
    send(context, name, [value, "small"], message_max_bytes=8_000_000)
    first, second = read(context, name, 2, fetch_message_max_bytes=1_000_000)
    equal((len(first.value()), first.value() == value, second.value()), (len(value), True, b"small"))


@case("produce: a topic made by the first message", smoke=True)
def automatic_topic(context):
    name = context.unique("automatic")
    send(context, name, ["first"])
    equal(values(read(context, name, 1)), ["first"])
    eventually("the topic is listed", lambda: name in admin(context).list_topics(timeout=10).topics)


@case("produce: watermarks grow with every message")
def watermarks(context):
    name = topic(context)
    client = consumer(context)
    partition = TopicPartition(name, 0)
    equal(client.get_watermark_offsets(partition, timeout=10), (0, 0))
    send(context, name, numbered("w", 42))
    equal(client.get_watermark_offsets(partition, timeout=10), (0, 42))
