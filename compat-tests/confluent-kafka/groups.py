import time

from confluent_kafka import Consumer, KafkaError, TopicPartition

from driver import case, equal, eventually
from session import admin, consumer, error_code, numbered, send, settings, take, topic, values

TIMES = {"session_timeout_ms": 6_000, "heartbeat_interval_ms": 300}


class Member:
    """A group's consumer that remembers what its callbacks were told."""

    def __init__(self, context, topics, **config):
        self.events = []
        self.received = []
        self.client = consumer(context, **{**TIMES, **config})
        self.client.subscribe(topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)

    def _on_assign(self, _, partitions):
        self.events.append(("assign", _pairs(partitions)))

    def _on_revoke(self, _, partitions):
        self.events.append(("revoke", _pairs(partitions)))

    def _on_lost(self, _, partitions):
        self.events.append(("lost", _pairs(partitions)))

    def poll(self):
        message = self.client.poll(0.02)
        if message and not message.error():
            self.received.append(message)
        return message

    @property
    def assigned(self):
        return _pairs(self.client.assignment())


def _pairs(partitions):
    return sorted((one.topic, one.partition) for one in partitions)


def _settled(members, expected):
    """Polls all members until they share exactly the expected partitions."""

    def ask():
        for one in members:
            one.poll()
        shares = [one.assigned for one in members]
        return all(shares) and sorted(pair for share in shares for pair in share) == sorted(expected)

    eventually("the partitions are shared by all", ask)


def _balance(assignor):
    def run(context):
        name = topic(context, partitions=6)
        expected = [(name, i) for i in range(6)]
        config = {"group_id": context.unique("group"), "partition_assignment_strategy": assignor}
        members = [Member(context, [name], **config)]
        _settled(members, expected)
        for _ in range(2):
            members.append(Member(context, [name], **config))
            _settled(members, expected)
        equal(sorted(len(one.assigned) for one in members), [2, 2, 2])
        send(context, name, [{"value": f"{i}", "partition": i % 6} for i in range(60)])

        def all_received():
            for one in members:
                one.poll()
            return sum(len(one.received) for one in members) >= 60

        eventually("all messages", all_received)
        members.pop().client.close()
        _settled(members, expected)
        received = sorted(int(value) for one in members for value in values(one.received))
        equal(len(received) <= 60, True, "no message twice")

    return run


for _assignor in ("range", "roundrobin", "cooperative-sticky"):
    _small = _assignor == "cooperative-sticky"
    case(f"group: three members join and leave, {_assignor}", smoke=_small, timeout_ms=90_000)(_balance(_assignor))


@case("group: a cooperative member keeps what it does not give away")
def cooperative_keeps(context):
    name = topic(context, partitions=4)
    config = {"group_id": context.unique("group"), "partition_assignment_strategy": "cooperative-sticky"}
    first = Member(context, [name], **config)
    _settled([first], [(name, i) for i in range(4)])
    before = set(first.assigned)
    second = Member(context, [name], **config)
    _settled([first, second], [(name, i) for i in range(4)])
    revoked = {pair for kind, pairs in first.events if kind == "revoke" for pair in pairs}
    equal(revoked, before - set(first.assigned), "what was revoked")
    equal(len(revoked), 2)


@case("group: a static member comes back without a rebalance", timeout_ms=90_000)
def static_member(context):
    name = topic(context, partitions=2)
    group = context.unique("group")
    config = {"group_id": group, "session_timeout_ms": 20_000}
    first = Member(context, [name], group_instance_id="one", **config)
    second = Member(context, [name], group_instance_id="two", **config)
    expected = [(name, 0), (name, 1)]
    _settled([first, second], expected)
    had = second.assigned
    quiet_from = len(first.events)
    second.client.close()
    again = Member(context, [name], group_instance_id="two", **config)
    eventually("the same partitions", lambda: first.poll() is None and again.poll() is None and again.assigned == had)
    equal(first.events[quiet_from:], [], "what the other member was told")


@case("group: the second of two with one instance id fences the first", timeout_ms=90_000)
def static_fencing(context):
    name = topic(context)
    config = {"group_id": context.unique("group"), "group_instance_id": "same", **TIMES}
    first = Member(context, [name], **config)
    _settled([first], [(name, 0)])
    second = Member(context, [name], **config)

    def fenced():
        second.poll()
        message = first.poll()
        return message and message.error() and message.error().code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID)

    eventually("the first is fenced", fenced)
    _settled([second], [(name, 0)])


@case("group: a pattern follows topics that come later", timeout_ms=90_000)
def pattern(context):
    prefix = context.unique("pattern")
    name = f"{prefix}-a"
    send(context, name, ["a"])
    client = consumer(context, topic_metadata_refresh_interval_ms=300, metadata_max_age_ms=1_000, **TIMES)
    client.subscribe([f"^{prefix}-.*"])
    equal(values(take(client, 1)), ["a"])
    send(context, f"{prefix}-b", ["b"])
    equal(values(take(client, 1)), ["b"])


@case("group: a member that dies is replaced after its session", timeout_ms=90_000)
def dead_member(context):
    name = topic(context, partitions=2)
    config = {"group_id": context.unique("group"), "session_timeout_ms": 6_000, "max_poll_interval_ms": 6_000}
    silent = Consumer(settings(context, **{**config, "auto_offset_reset": "earliest"}))
    silent.subscribe([name])
    eventually("the first has it all", lambda: silent.poll(0.05) or len(silent.assignment()) == 2)
    other = Member(context, [name], **config)
    # It polls no more, so that its client stops its heartbeats.
    _settled_alone = lambda: other.poll() or len(other.assigned) == 2
    eventually("the other has it all", _settled_alone, 60)
    silent.close()


@case("group: commits of a stale generation are refused", timeout_ms=90_000)
def stale_generation(context):
    name = topic(context, partitions=2)
    config = {"group_id": context.unique("group"), "enable_auto_commit": False}
    first = Member(context, [name], **config)
    _settled([first], [(name, 0), (name, 1)])
    metadata = first.client.consumer_group_metadata()
    equal(metadata is not None, True, "the group's metadata")
    outsider = consumer(context, **config)
    offsets = [TopicPartition(name, 0, 1)]
    code = error_code(outsider.commit, offsets=offsets, asynchronous=False)
    equal(code, KafkaError.UNKNOWN_MEMBER_ID)


@case("group: subscribing to an unknown topic tells so")
def unknown_topic(context):
    client = consumer(context, allow_auto_create_topics=False, **TIMES)
    client.subscribe([context.unique("nowhere")])
    failed = eventually("an error", lambda: client.poll(0.2), 20)
    equal(failed.error().code(), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case("group: heartbeats keep an idle member", timeout_ms=60_000)
def idle_member(context):
    name = topic(context)
    member = Member(context, [name], group_id=context.unique("group"))
    _settled([member], [(name, 0)])
    until = time.monotonic() + 8
    while time.monotonic() < until:
        member.poll()
    equal([kind for kind, _ in member.events], ["assign"])


@case("group: the consumer protocol", smoke=False, timeout_ms=60_000)
def consumer_protocol(context):
    name = topic(context, partitions=2)
    group = context.unique("group")
    client = consumer(context, group_id=group, group_protocol="consumer")
    client.subscribe([name])
    send(context, name, [{"value": value, "partition": i % 2} for i, value in enumerate(numbered("new", 10))])
    equal(sorted(values(take(client, 10))), sorted(numbered("new", 10)))
    inspector = admin(context)
    described = inspector.describe_consumer_groups([group])[group].result(20)
    equal(described.type.name, "CONSUMER")
