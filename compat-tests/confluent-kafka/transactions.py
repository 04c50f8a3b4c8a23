from confluent_kafka import KafkaError, KafkaException, TopicPartition

from driver import case, equal, eventually
from session import consumer, drain, error_code, numbered, producer, read, send, send_by, take, topic, values


def transactional(context, transactional_id=None, **config):
    client = producer(context, transactional_id=transactional_id or context.unique("id"), **config)
    client.init_transactions(20)
    return client


def committed(context, name):
    client = consumer(context, isolation_level="read_committed")
    client.assign([TopicPartition(name, 0, 0)])
    return values(drain(client))


@case("transaction: commit and abort over partitions", smoke=True)
def commit_and_abort(context):
    first, second = topic(context), topic(context)
    client = transactional(context)
    for round_number in range(6):
        client.begin_transaction()
        for name in (first, second):
            send_by(client, name, numbered(f"round-{round_number}", 3))
        client.commit_transaction(20) if round_number % 2 else client.abort_transaction(20)
    expected = [value for i in (1, 3, 5) for value in numbered(f"round-{i}", 3)]
    equal(committed(context, first), expected)
    equal(committed(context, second), expected)


@case("transaction: empty ones")
def empty(context):
    name = topic(context)
    client = transactional(context)
    for _ in range(3):
        client.begin_transaction()
        client.commit_transaction(20)
        client.begin_transaction()
        client.abort_transaction(20)
    client.begin_transaction()
    send_by(client, name, ["at last"])
    client.commit_transaction(20)
    equal(committed(context, name), ["at last"])


@case("transaction: the newer producer fences the older", smoke=True)
def fencing(context):
    name = topic(context)
    transactional_id = context.unique("id")
    older = transactional(context, transactional_id)
    older.begin_transaction()
    send_by(older, name, ["older"])
    newer = transactional(context, transactional_id)
    newer.begin_transaction()
    send_by(newer, name, ["newer"])
    code = error_code(older.commit_transaction, 20)
    equal(code in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH), True, code)
    newer.commit_transaction(20)
    equal(committed(context, name), ["newer"])


@case("transaction: offsets travel with it", smoke=True)
def offsets(context):
    source, target = topic(context), topic(context)
    group = context.unique("group")
    send(context, source, numbered("in", 20))
    reader = consumer(context, group_id=group, enable_auto_commit=False, isolation_level="read_committed")
    reader.subscribe([source])
    client = transactional(context)

    def step(count, end):
        client.begin_transaction()
        send_by(client, target, values(take(reader, count)))
        positions = reader.position(reader.assignment())
        client.send_offsets_to_transaction(positions, reader.consumer_group_metadata(), 20)
        end(20)

    step(8, client.commit_transaction)
    step(5, client.abort_transaction)
    partition = TopicPartition(source, 0)
    equal(reader.committed([partition], timeout=20)[0].offset, 8)
    reader.seek(TopicPartition(source, 0, 8))
    step(12, client.commit_transaction)
    equal(reader.committed([partition], timeout=20)[0].offset, 20)
    equal(committed(context, target), numbered("in", 20))


@case("transaction: offsets of a stale member are refused")
def stale_offsets(context):
    source = topic(context)
    group = context.unique("group")
    send(context, source, numbered("in", 3))
    config = {"group_id": group, "enable_auto_commit": False}
    stale = consumer(context, **config)
    stale.subscribe([source])
    take(stale, 3)
    metadata = stale.consumer_group_metadata()
    stale.close()
    fresh = consumer(context, **config)
    fresh.subscribe([source])
    take(fresh, 3)
    client = transactional(context)
    client.begin_transaction()
    call = lambda: client.send_offsets_to_transaction([TopicPartition(source, 0, 3)], metadata, 20)
    code = error_code(call)
    expected = (KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError._FENCED, KafkaError._STATE)
    equal(code in expected, True, code)
    client.abort_transaction(20)
    equal(fresh.committed([TopicPartition(source, 0)], timeout=20)[0].offset, -1001)


@case("transaction: it is aborted when its time is up", timeout_ms=90_000)
def timeout(context):
    name = topic(context)
    client = transactional(context, transaction_timeout_ms=2_000)
    client.begin_transaction()
    send_by(client, name, ["too late"])
    send(context, name, ["plain"])
    careful = consumer(context, isolation_level="read_committed")
    careful.assign([TopicPartition(name, 0, 0)])
    equal(values(take(careful, 1, 40)), ["plain"])
    try:
        client.commit_transaction(20)
        raise AssertionError("a transaction that was timed out was committed")
    except KafkaException as failure:
        equal(failure.args[0].fatal() or failure.args[0].txn_requires_abort(), True, failure)


@case("transaction: a timeout that is too long is refused")
def long_timeout(context):
    client = producer(context, transactional_id=context.unique("id"), transaction_timeout_ms=900_001 + 1_000)
    equal(error_code(client.init_transactions, 20), KafkaError.INVALID_TRANSACTION_TIMEOUT)


@case("transaction: an open one holds back what comes after it")
def last_stable_offset(context):
    name = topic(context)
    client = transactional(context)
    client.begin_transaction()
    send_by(client, name, ["open"])
    send(context, name, numbered("after", 3))
    careful = consumer(context, isolation_level="read_committed")
    careful.assign([TopicPartition(name, 0, 0)])
    equal(careful.poll(1), None)
    equal(len(read(context, name, 4, isolation_level="read_uncommitted")), 4)
    client.abort_transaction(20)
    equal(values(take(careful, 3)), numbered("after", 3))


@case("transaction: SIGKILL and restart in the middle", timeout_ms=120_000)
def restart(context):
    name = topic(context)
    client = transactional(context)
    client.begin_transaction()
    send_by(client, name, numbered("before", 10))
    context.restart_broker()
    send_by(client, name, numbered("after", 10))
    eventually("the commit", lambda: _ends(client.commit_transaction), 60)
    equal(committed(context, name), numbered("before", 10) + numbered("after", 10))


def _ends(call):
    try:
        call(10)
        return True
    except KafkaException as failure:
        if failure.args[0].retriable():
            return False
        raise
