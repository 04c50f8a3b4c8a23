"""aiokafka as a driver of cases (support/driver.ts); a case is a coroutine with an event loop of its own."""

import asyncio
import logging
import time

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition, errors
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import OffsetAndMetadata

from driver import case, equal, main

# What it says of connections that end with a broker is not for whoever reads the results.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def async_case(name, **options):
    """A case whose clients, started by `opened`, are stopped before its loop ends."""

    def register(coroutine):
        def run(context):
            asyncio.run(_with_clients(coroutine, context))

        return case(name, **options)(run)

    return register


async def _with_clients(coroutine, context):
    context.clients = []
    try:
        await coroutine(context)
    finally:
        for client in reversed(context.clients):
            await client.close() if isinstance(client, AIOKafkaAdminClient) else await client.stop()


async def opened(context, client):
    context.clients.append(client)
    await client.start()
    return client


async def producer(context, **config):
    return await opened(context, AIOKafkaProducer(bootstrap_servers=context.bootstrap_servers, **config))


async def consumer(context, *topics, **config):
    own = {"auto_offset_reset": "earliest", "heartbeat_interval_ms": 300, "session_timeout_ms": 6_000, "fetch_max_wait_ms": 100}
    return await opened(context, AIOKafkaConsumer(*topics, bootstrap_servers=context.bootstrap_servers, **{**own, **config}))


async def admin(context):
    return await opened(context, AIOKafkaAdminClient(bootstrap_servers=context.bootstrap_servers))


async def eventually(what, ask, timeout_s=30.0):
    deadline = time.monotonic() + timeout_s
    while not (answer := await ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain: {what}")
        await asyncio.sleep(0.02)
    return answer


async def topic(context, partitions=1, **config):
    name = context.unique("topic")
    configs = {key.replace("_", "."): str(value) for key, value in config.items()}
    client = await admin(context)
    await client.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])

    async def led():
        (found,) = await client.describe_topics([name])
        return sum(1 for one in found["partitions"] if one["leader"] >= 0) == partitions

    await eventually(f"the leaders of {name}", led)
    return name


async def send(client, name, texts, partition=0):
    futures = [await client.send(name, text.encode(), partition=partition) for text in texts]
    return [await one for one in futures]


async def take(client, count, timeout_s=30.0):
    received = []
    async with asyncio.timeout(timeout_s):
        while len(received) < count:
            for found in (await client.getmany(timeout_ms=200, max_records=count - len(received))).values():
                received.extend(found)
    return received


async def read(context, name, count, **config):
    client = await consumer(context, **config)
    client.assign([TopicPartition(name, 0)])
    return values(await take(client, count))


def values(records):
    return [None if one.value is None else one.value.decode() for one in records]


def numbered(prefix, count):
    return [f"{prefix}-{i}" for i in range(count)]


async def failure(awaitable):
    try:
        outcome = await awaitable
    except Exception as error:
        return error
    raise AssertionError(f"it went well: {outcome!r}")


def _round_trip(codec):
    async def run(context):
        name = await topic(context)
        sent = numbered(f"text that repeats itself, {codec}", 300)
        await send(await producer(context, compression_type=codec), name, sent)
        equal(await read(context, name, 300), sent)

    return run


for _codec in (None, "gzip", "snappy", "lz4", "zstd"):
    async_case(f"produce: compression {_codec or 'none'}")(_round_trip(_codec))


def _acknowledged(acks):
    async def run(context):
        name = await topic(context)
        await send(await producer(context, acks=acks), name, numbered("m", 50))
        equal(await read(context, name, 50), numbered("m", 50))

    return run


for _acks in (0, 1, "all"):
    async_case(f"produce: acks {_acks}")(_acknowledged(_acks))


@async_case("produce: keys, headers, nulls and timestamps")
async def contents(context):
    name = await topic(context)
    client = await producer(context)
    headers = [("a", b"1"), ("a", b"2")]
    await client.send_and_wait(name, b"v", key=b"k", headers=headers, timestamp_ms=1_500_000_000_123)
    await client.send_and_wait(name, None, key=b"k")
    reader = await consumer(context)
    reader.assign([TopicPartition(name, 0)])
    first, second = await take(reader, 2)
    equal((first.key, first.value, first.timestamp, list(first.headers)), (b"k", b"v", 1_500_000_000_123, headers))
    equal((second.key, second.value), (b"k", None))


@async_case("produce: idempotent, in order")
async def idempotent(context):
    name = await topic(context)
    client = await producer(context, enable_idempotence=True, max_batch_size=500)
    told = await send(client, name, numbered("once", 1_000))
    equal([one.offset for one in told], list(range(1_000)), "offsets")


@async_case("produce: batches made by hand")
async def batches(context):
    name = await topic(context)
    client = await producer(context)
    batch = client.create_batch()
    for value in numbered("b", 10):
        batch.append(key=None, value=value.encode(), timestamp=None)
    batch.close()
    await (await client.send_batch(batch, name, partition=0))
    equal(await read(context, name, 10), numbered("b", 10))


@async_case("produce: transactions and offsets in them")
async def transactions(context):
    name, group = await topic(context), context.unique("group")
    partition = TopicPartition(name, 0)
    client = await producer(context, transactional_id=context.unique("id"))
    for word, offset, is_committed in (("aborted", 3, False), ("committed", 7, True)):
        await client.begin_transaction()
        await send(client, name, numbered(word, 3))
        await client.send_offsets_to_transaction({partition: OffsetAndMetadata(offset, "")}, group)
        await (client.commit_transaction() if is_committed else client.abort_transaction())
    equal(await read(context, name, 3, isolation_level="read_committed"), numbered("committed", 3))
    reader = await consumer(context, group_id=group)
    equal(await reader.committed(partition), 7)


@async_case("produce: the newer transactional producer fences the older")
async def fencing(context):
    name, transactional_id = await topic(context), context.unique("id")
    older = await producer(context, transactional_id=transactional_id)
    await older.begin_transaction()
    await send(older, name, ["older"])
    newer = await producer(context, transactional_id=transactional_id)
    fenced = await failure(older.commit_transaction())
    equal(isinstance(fenced, errors.ProducerFenced), True, repr(fenced))
    async with newer.transaction():
        await send(newer, name, ["newer"])
    equal(await read(context, name, 1, isolation_level="read_committed"), ["newer"])


@async_case("produce: refusals")
async def refusals(context):
    name = await topic(context, max_message_bytes=1_000)
    client = await producer(context)
    equal(type(await failure(client.send_and_wait(name, b"x" * 5_000))), errors.MessageSizeTooLargeError)
    await client.send_and_wait(name, b"small")


@async_case("consume: seek by number and time, ends and beginnings")
async def positions(context):
    name = await topic(context)
    partition = TopicPartition(name, 0)
    client = await producer(context)
    for i in range(20):
        await client.send_and_wait(name, f"p-{i}".encode(), timestamp_ms=1_600_000_000_000 + i * 1_000)
    reader = await consumer(context)
    reader.assign([partition])
    equal((await reader.beginning_offsets([partition]), await reader.end_offsets([partition])), ({partition: 0}, {partition: 20}))

    async def at(time_ms):
        return (await reader.offsets_for_times({partition: time_ms}))[partition]

    equal(((await at(1_600_000_005_000)).offset, (await at(1_600_000_005_001)).offset, await at(1_900_000_000_000)), (5, 6, None))
    reader.seek(partition, 17)
    equal(values(await take(reader, 3)), ["p-17", "p-18", "p-19"])
    await reader.seek_to_beginning(partition)
    equal(values(await take(reader, 1)), ["p-0"])
    reader.pause(partition)
    equal(await reader.getmany(timeout_ms=300), {})
    reader.resume(partition)
    equal(values(await take(reader, 1)), ["p-1"])


@async_case("consume: commits, and carrying on from them")
async def commits(context):
    name, group = await topic(context), context.unique("group")
    partition = TopicPartition(name, 0)
    await send(await producer(context), name, numbered("c", 20))
    first = await consumer(context, name, group_id=group, enable_auto_commit=False)
    await take(first, 10)
    await first.commit({partition: OffsetAndMetadata(10, "ten")})
    await first.stop()
    second = await consumer(context, name, group_id=group)
    equal(values(await take(second, 10)), numbered("c", 20)[10:])


@async_case("consume: a pattern follows new topics")
async def pattern(context):
    prefix = context.unique("pattern")
    client = await producer(context)
    await send(client, f"{prefix}-a", ["a"])
    reader = await consumer(context, group_id=context.unique("group"), metadata_max_age_ms=500)
    reader.subscribe(pattern=f"^{prefix}-.*")
    equal(values(await take(reader, 1)), ["a"])
    await send(client, f"{prefix}-b", ["b"])
    equal(values(await take(reader, 1)), ["b"])


class _Listener(ConsumerRebalanceListener):
    def __init__(self):
        self.share = set()

    async def on_partitions_revoked(self, revoked):
        self.share = set()

    async def on_partitions_assigned(self, assigned):
        self.share = {one.partition for one in assigned}


@async_case("group: members share the partitions and leave", timeout_ms=90_000)
async def balance(context):
    name, group = await topic(context, partitions=4), context.unique("group")
    listeners, members = [_Listener() for _ in range(3)], []
    for listener in listeners:
        members.append(await consumer(context, group_id=group))
        members[-1].subscribe([name], listener=listener)

    async def shared(count):
        shares = [one.share for one in listeners[:count]]
        return all(shares) and sum(map(len, shares)) == 4 and set.union(*shares) == {0, 1, 2, 3}

    await eventually("three shares", lambda: shared(3), 50)
    await members.pop().stop()
    await eventually("two shares", lambda: shared(2), 50)


@async_case("admin: topics, partitions, configs and groups")
async def administration(context):
    client = await admin(context)
    name, group = context.unique("made"), context.unique("group")
    await client.create_topics([NewTopic(name, 1, 1)])
    await client.create_partitions({name: NewPartitions(3)})

    async def partitions():
        return len((await client.describe_topics([name]))[0]["partitions"]) == 3

    await eventually("three partitions", partitions)
    described = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    configs = {entry[0]: entry[1] for entry in described[0].resources[0][4]}
    equal(configs["retention.ms"], "604800000")
    member = await consumer(context, name, group_id=group)
    await member.getmany(timeout_ms=500)

    async def listed():
        return group in {one[0] for one in await client.list_consumer_groups()}

    await eventually("the group", listed)
    await member.stop()
    equal((await client.delete_topics([name])).topic_error_codes[0][1], 0)


@async_case("restart: SIGKILL while producing and consuming", timeout_ms=120_000)
async def restart(context):
    name = await topic(context)
    reader = await consumer(context, name, group_id=context.unique("group"))
    client = await producer(context, enable_idempotence=True)
    futures = []
    for i, value in enumerate(numbered("r", 2_000)):
        if i == 1_000:
            await asyncio.to_thread(context.restart_broker)
        futures.append(await client.send(name, value.encode()))
    equal(sorted([(await one).offset for one in futures]), list(range(2_000)), "offsets")
    distinct = set()
    async with asyncio.timeout(60):
        while len(distinct) < 2_000:
            for found in (await reader.getmany(timeout_ms=200)).values():
                distinct.update(values(found))


main(aiokafka.__version__)
