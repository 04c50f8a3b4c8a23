"""What the cases share: clients that end with their case, topics, and reading a topic to its end."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from driver import eventually

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def settings(context, **config):
    """Keyword arguments as librdkafka's properties: `group_id` means `group.id`."""
    own = {name.replace("_", "."): value for name, value in config.items()}
    return {"bootstrap.servers": context.bootstrap_servers, "broker.address.family": "v4", **own}


def admin(context):
    client = AdminClient(settings(context))
    # Futures of a client that was collected never end.
    context.after(lambda: client.poll(0))
    return client


def producer(context, **config):
    return Producer(settings(context, **{"linger_ms": 5, **config}))


def consumer(context, **config):
    own = {"group_id": context.unique("group"), "auto_offset_reset": "earliest", "fetch_wait_max_ms": 100}
    client = Consumer(settings(context, **{**own, **config}))
    context.after(client.close)
    return client


def topic(context, partitions=1, **config):
    """A new topic whose partitions all have a leader."""
    name = context.unique("topic")
    client = admin(context)
    properties = {key.replace("_", "."): str(value) for key, value in config.items()}
    client.create_topics([NewTopic(name, partitions, 1, config=properties)])[name].result(30)
    eventually(f"the leaders of {name}", lambda: _led(client, name) == partitions)
    return name


def _led(client, name):
    known = client.list_topics(name, timeout=10).topics[name]
    return sum(1 for one in known.partitions.values() if one.leader >= 0)


def send(context, name, messages, **config):
    """Produces each value, or each dictionary of produce()'s arguments; returns the delivered messages in order."""
    client = producer(context, **config)
    return send_by(client, name, messages)


def send_by(client, name, messages):
    delivered = []

    def on_delivery(error, message):
        delivered.append(error or message)

    for message in messages:
        arguments = message if isinstance(message, dict) else {"value": message}
        client.produce(name, on_delivery=on_delivery, **arguments)
        client.poll(0)
    if client.flush(40) > 0:
        raise AssertionError(f"{len(client)} messages of {name} were not delivered")
    for one in delivered:
        if isinstance(one, KafkaError):
            raise KafkaException(one)
    return delivered


def take(client, count, timeout_s=30.0):
    """Polls until `count` messages arrived; returns them."""
    received = []
    deadline = time.monotonic() + timeout_s
    while len(received) < count:
        for message in client.consume(count - len(received), 0.2):
            if message.error():
                raise KafkaException(message.error())
            received.append(message)
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(received)} of {count} messages after {timeout_s} s")
    return received


def read(context, name, count, partition=0, offset=0, **config):
    """`count` messages of a partition from the offset, without a group's balance."""
    client = consumer(context, **config)
    client.assign([TopicPartition(name, partition, offset)])
    return take(client, count)


def drain(client, quiet_s=1.0):
    """All messages until none came for a while after the end of the partition was seen."""
    received = []
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < quiet_s:
        for message in client.consume(1000, 0.1):
            if not message.error():
                received.append(message)
                quiet_since = time.monotonic()
    return received


def numbered(prefix, count):
    return [f"{prefix}-{i}" for i in range(count)]


def values(messages):
    return [None if one.value() is None else one.value().decode() for one in messages]


def error_code(function, *arguments, **named):
    """The code with which the call fails."""
    try:
        outcome = function(*arguments, **named)
    except KafkaException as failure:
        return failure.args[0].code()
    raise AssertionError(f"it went well: {outcome!r}")
