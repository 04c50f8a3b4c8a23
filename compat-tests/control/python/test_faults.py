"""Each fault, met by librdkafka: wrong in the way that the fault brings out, and right after it."""
import os
import time
import uuid

import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from hand import ask, records, rule

SERVERS = os.environ["SAMSA_BOOTSTRAP"]


@pytest.fixture
def topic():
    name = f"orders-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": SERVERS})
    admin.create_topics([NewTopic(name, 2)])[name].result()
    yield name
    ask("DELETE", "/faults")


def producer(**config):
    return Producer({"bootstrap.servers": SERVERS, "linger.ms": 0, **config})


def send(client, topic, value, partition=0, timeout=20):
    """The error that the record was reported with; None: it is written."""
    outcome = []
    client.produce(topic, value, partition=partition, callback=lambda error, _: outcome.append(error))
    assert client.flush(timeout) == 0, "no report in time"
    return outcome[0]


def consumer(topic, group="g", **config):
    one = Consumer({"bootstrap.servers": SERVERS, "group.id": f"{group}-{topic}", "auto.offset.reset": "earliest", **config})
    one.subscribe([topic])
    return one


def take(one, seconds=20):
    message = one.poll(seconds)
    assert message is not None, "nothing came in time"
    assert message.error() is None, message.error()
    return message.value().decode()


def test_error_of_one_partition(topic):
    with rule(api="Produce", topic=topic, partition=0, error="NOT_LEADER_OR_FOLLOWER") as fault:
        impatient = producer(**{"message.timeout.ms": 1000})
        assert send(impatient, topic, "lost").name() == "_MSG_TIMED_OUT", "it looked for another leader, for as long as it may"
        assert send(impatient, topic, "other", partition=1) is None
        assert fault.hits() >= 1
    with rule(api="Produce", topic=topic, error="NOT_LEADER_OR_FOLLOWER", times=2) as fault:
        assert send(producer(), topic, "patient") is None
        assert fault.hit(2) == 2
    assert sorted(records(topic, 2)) == ["other", "patient"]


def test_delay(topic):
    assert send(producer(), topic, "a") is None
    with rule(api="Produce", topic=topic, delayMs=600):
        before = time.monotonic()
        assert send(producer(), topic, "b") is None
        assert time.monotonic() - before >= 0.6
    with rule(api="Produce", clientId=f"billing-{topic}", delayMs=4000):  # librdkafka looks once a second at what is late
        billing = producer(**{"client.id": f"billing-{topic}", "message.timeout.ms": 300})
        assert send(billing, topic, "late").name() == "_MSG_TIMED_OUT"
    assert send(producer(), topic, "d") is None


def test_delay_of_what_one_client_reads(topic):
    assert send(producer(), topic, "a") is None
    with rule(api="Fetch", clientId=f"billing-{topic}", delayMs=1500) as fault:
        slow, other = consumer(topic, "slow", **{"client.id": f"billing-{topic}"}), consumer(topic, "other")
        assert slow.poll(1) is None
        fault.hit()
        assert take(other) == "a"
    assert take(slow) == "a"
    slow.close()
    other.close()


def test_lost_request_is_not_carried_out(topic):
    with rule(api="Produce", topic=topic, drop="request", times=1) as fault:
        assert send(producer(**{"retries": 0}), topic, "never") is not None
        fault.hit()
    assert send(producer(), topic, "a") is None
    assert records(topic, 1) == ["a"]


def test_lost_answer_writes_twice_without_idempotence(topic):
    for idempotent, copies in ((False, 2), (True, 1)):
        with rule(api="Produce", topic=topic, drop="response", times=1) as fault:
            client = producer(**{"enable.idempotence": idempotent, "retry.backoff.ms": 10})
            assert send(client, topic, str(idempotent)) is None
            fault.hit()
        assert records(topic, copies, f"&value={idempotent}") == [str(idempotent)] * copies
    ends = next(each["partitions"] for each in ask("GET", "/topics") if each["name"] == topic)
    assert sum(each["endOffset"] for each in ends) == 3


def test_end_of_a_transaction_whose_answer_is_lost(topic):
    client = producer(**{"transactional.id": f"tx-{topic}"})
    client.init_transactions()
    client.begin_transaction()
    client.produce(topic, "committed")
    client.flush()
    with rule(api="EndTxn", transactionalId=f"tx-{topic}", drop="response", times=1) as fault:
        client.commit_transaction()
        fault.hit()
    assert records(topic, 1) == ["committed"]


def test_hold(topic):
    assert send(producer(), topic, "a") is None
    with rule(api="JoinGroup", groupId=f"held-{topic}", hold=True) as gate:
        one = consumer(topic, "held")
        assert one.poll(1) is None
        gate.hit()
        assert one.poll(0.5) is None, "nobody has joined"
    assert take(one) == "a"
    one.close()


def test_throttle(topic):
    told = []
    client = producer(throttle_cb=lambda event: told.append(event.throttle_time))
    assert send(client, topic, "a") is None
    with rule(api="Produce", topic=topic, throttleMs=300, chance=1, seed=42) as fault:
        before = time.monotonic()
        assert send(client, topic, "b") is None
        assert send(client, topic, "c") is None
        assert time.monotonic() - before >= 0.25, "the second one had to wait"
        fault.hit(2)
    client.poll(0)
    assert told and max(told) >= 0.3
    assert send(client, topic, "d") is None


def test_reply(topic):
    admin = AdminClient({"bootstrap.servers": SERVERS})
    with rule(api="Metadata", reply={"controllerId": -1}):
        assert admin.list_topics().controller_id == -1
    assert admin.list_topics().controller_id == 1


def test_network_and_cuts(topic):
    client = producer(**{"client.id": f"billing-{topic}"})
    assert send(client, topic, "a") is None
    condition = ask("POST", "/network", {"latencyMs": 300, "jitterMs": 5, "bytesPerSecond": 1_000_000})["id"]
    before = time.monotonic()
    assert send(client, topic, "b") is None
    assert time.monotonic() - before >= 0.29
    ask("DELETE", f"/network/{condition}")
    assert ask("POST", "/cut", {"clientId": f"billing-{topic}"})["count"] >= 1
    assert send(client, topic, "c") is None, "it has connected again"


def test_full_disk(topic):
    assert send(producer(), topic, "a") is None
    fault = ask("POST", "/disk", {"error": "ENOSPC", "path": topic})["id"]
    impatient = producer(**{"message.timeout.ms": 800})
    assert send(impatient, topic, "refused").name() == "_MSG_TIMED_OUT", "it tried, for as long as it may"
    ask("DELETE", f"/disk/{fault}")
    assert send(producer(), topic, "b") is None
    assert records(topic, 2) == ["a", "b"]


def test_slow_disk(topic):
    assert send(producer(), topic, "a") is None
    fault = ask("POST", "/disk", {"stallMs": 700, "path": f"{topic}.*log$"})["id"]
    before = time.monotonic()
    assert send(producer(), topic, "b") is None
    assert time.monotonic() - before >= 0.7
    ask("DELETE", f"/disk/{fault}")
    assert send(producer(), topic, "c") is None
    assert records(topic, 3) == ["a", "b", "c"]


def test_unused_rules_and_waits_in_vain(topic):
    with rule(api="Produce", topic=f"{topic}-misspelt", error="UNKNOWN_SERVER_ERROR") as fault:
        assert send(producer(), topic, "a") is None
        assert fault.id in [each["id"] for each in ask("GET", "/rules?unused=true")]
        with pytest.raises(AssertionError, match="in vain for 1 hits"):
            ask("POST", f"/rules/{fault.id}/wait", {"hits": 1, "timeoutMs": 50})


def test_moves(topic):
    assert send(producer(), topic, "a") is None
    one = consumer(topic, "moved", **{"heartbeat.interval.ms": 100})
    assert take(one) == "a"
    one.commit(asynchronous=False)
    ask("POST", f"/groups/moved-{topic}/move-coordinator")
    assert ask("POST", f"/topics/{topic}/partitions/0/change-leader-epoch")["leaderEpoch"] == 1
    assert send(producer(), topic, "b") is None
    assert take(one) == "b"
    one.close()
    ask("GET", f"/groups/moved-{topic}/caught-up")


def test_a_transaction_that_is_fenced(topic):
    client = producer(**{"transactional.id": f"fenced-{topic}"})
    client.init_transactions()
    client.begin_transaction()
    with rule(api="AddPartitionsToTxn", transactionalId=f"fenced-{topic}", error="INVALID_PRODUCER_EPOCH"):
        client.produce(topic, "never")
        with pytest.raises(KafkaException):
            client.commit_transaction(10)
    again = producer(**{"transactional.id": f"fenced-{topic}"})
    again.init_transactions()
    again.begin_transaction()
    again.produce(topic, "after")
    again.commit_transaction()
    assert records(topic, 1) == ["after"]
