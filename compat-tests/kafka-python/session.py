"""What the cases share: clients that end with their case, topics, and reading a topic to its end."""

import logging
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from driver import eventually

# What it says of connections that end with a broker is not for whoever reads the results.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


def producer(context, **config):
    client = KafkaProducer(bootstrap_servers=context.bootstrap_servers, **config)
    context.after(lambda: client.close(timeout=5))
    return client


def consumer(context, *topics, **config):
    own = {"auto_offset_reset": "earliest", "heartbeat_interval_ms": 300, "session_timeout_ms": 6_000, "fetch_max_wait_ms": 100}
    client = KafkaConsumer(*topics, bootstrap_servers=context.bootstrap_servers, **{**own, **config})
    context.after(client.close)
    return client


def admin(context):
    client = KafkaAdminClient(bootstrap_servers=context.bootstrap_servers)
    context.after(client.close)
    return client


def topic(context, partitions=1, **config):
    name = context.unique("topic")
    configs = {key.replace("_", "."): str(value) for key, value in config.items()}
    client = admin(context)
    client.create_topics({name: {"num_partitions": partitions, "replication_factor": 1, "configs": configs}})
    eventually(f"the leaders of {name}", lambda: _led(client, name) == partitions)
    return name


def _led(client, name):
    (found,) = client.describe_topics([name])
    return sum(1 for one in found["partitions"] if one["error_code"] == 0 and one["leader_id"] >= 0)


def send(context, name, values, **config):
    """Produces to partition 0 and returns what the broker said of each record."""
    return send_by(producer(context, **config), name, values)


def send_by(client, name, values, **arguments):
    futures = [client.send(name, value.encode(), **{"partition": 0, **arguments}) for value in values]
    client.flush(30)
    return [one.get(10) for one in futures]


def take(client, count, timeout_s=30.0):
    # The client forgets the answer to a join or a sync that arrives after the poll in which it asked has ended.
    received = []
    deadline = time.monotonic() + timeout_s
    while len(received) < count:
        for records in client.poll(2_000, max_records=count - len(received)).values():
            received.extend(records)
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(received)} of {count} records after {timeout_s} s")
    return received


def read(context, name, count, offset=0, **config):
    client = consumer(context, group_id=None, **config)
    client.assign([TopicPartition(name, 0)])
    client.seek(TopicPartition(name, 0), offset)
    return values(take(client, count))


def values(records):
    return [None if one.value is None else one.value.decode() for one in records]


def numbered(prefix, count):
    return [f"{prefix}-{i}" for i in range(count)]


def failure(function, *arguments, **named):
    """The exception with which the call fails."""
    try:
        outcome = function(*arguments, **named)
    except Exception as error:
        return error
    raise AssertionError(f"it went well: {outcome!r}")
