"""Share groups (KIP-932) by librdkafka's share consumer."""

import time

from confluent_kafka import AcknowledgeType, ShareConsumer
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

from driver import case, equal
from session import admin, numbered, send, settings, topic, values


def _group(context):
    """A share group that begins at the first record of its topics."""
    group = context.unique("share")
    entry = ConfigEntry("share.auto.offset.reset", "earliest", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.GROUP, group, incremental_configs=[entry])
    admin(context).incremental_alter_configs([resource])[resource].result(20)
    return group


def _sharer(context, group, name, mode="implicit"):
    client = ShareConsumer(settings(context, group_id=group, share_acknowledgement_mode=mode))
    context.after(client.close)
    client.subscribe([name])
    return client


def _take(client, count, timeout_s=40.0):
    received = []
    deadline = time.monotonic() + timeout_s
    while len(received) < count:
        received += [one for one in client.poll(0.5) if one.error() is None]
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(received)} of {count} messages after {timeout_s} s")
    return received


@case("share group: implicit acknowledgement")
def implicit(context):
    name = topic(context, partitions=2)
    group = _group(context)
    send(context, name, [{"value": f"shared-{i}", "partition": i % 2} for i in range(100)])
    client = _sharer(context, group, name)
    received = _take(client, 100)
    equal(sorted(values(received)), sorted(numbered("shared", 100)))
    client.commit_sync(20.0)
    equal(len(client.poll(1.0)), 0)


@case("share group: accepted, released and rejected messages")
def explicit(context):
    name = topic(context)
    group = _group(context)
    send(context, name, ["accept", "release", "reject"])
    client = _sharer(context, group, name, mode="explicit")
    kinds = {b"accept": AcknowledgeType.ACCEPT, b"release": AcknowledgeType.RELEASE, b"reject": AcknowledgeType.REJECT}
    for one in _take(client, 3):
        client.acknowledge(one, kinds[one.value()])
    equal([outcome for outcome in client.commit_sync(20.0).values()], [None])
    (again,) = _take(client, 1)
    equal(again.value(), b"release")
    equal(again.delivery_count(), 2)
    client.acknowledge(again)
    client.commit_sync(20.0)
    equal(len(client.poll(1.0)), 0)


@case("share group: a member that leaves lets go of its messages")
def leave(context):
    name = topic(context)
    group = _group(context)
    send(context, name, numbered("held", 10))
    first = _sharer(context, group, name, mode="explicit")
    equal(len(_take(first, 10)), 10)
    first.close()
    equal(values(_take(_sharer(context, group, name), 10)), numbered("held", 10))
