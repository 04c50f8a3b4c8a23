import os

import pytest
from confluent_kafka import Producer
from hand import ask, records, rule


@pytest.fixture(autouse=True)
def clean():
    yield
    ask("POST", "/reset")


def test_an_order_gets_through_while_the_leader_moves():
    with rule(api="Produce", topic="orders", error="NOT_LEADER_OR_FOLLOWER", times=2) as fault:
        place_order("a")
        assert fault.hit(2) == 2
    assert records("orders", 1) == ["a"]


def place_order(order):
    """The code under test."""
    producer = Producer({"bootstrap.servers": os.environ["SAMSA_BOOTSTRAP"]})
    producer.produce("orders", order)
    assert producer.flush(20) == 0
