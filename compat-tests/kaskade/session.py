"""What the cases share: the two screens of kaskade without a terminal around them, and a client that prepares topics."""

import asyncio
import contextlib
import os
import tempfile
import time

# Neither a person's settings nor the log of a person's runs.
os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="kaskade-")

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from kaskade.admin import KaskadeAdmin
from kaskade.consumer import KaskadeConsumer
from kaskade.deserializers import Deserialization
from textual.widgets import DataTable

from driver import eventually

SIZE = (200, 60)


def settings(context, **config):
    own = {name.replace("_", "."): value for name, value in config.items()}
    return {"bootstrap.servers": context.bootstrap_servers, "broker.address.family": "v4", **own}


def client(context):
    return AdminClient(settings(context))


def topic(context, partitions=1):
    name = context.unique("topic")
    made = client(context)
    made.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
    eventually(f"the leaders of {name}", lambda: _led(made, name) == partitions)
    return name


def _led(admin, name):
    known = admin.list_topics(name, timeout=10).topics[name]
    return sum(1 for one in known.partitions.values() if one.leader >= 0)


def send(context, name, messages, **config):
    producer = Producer(settings(context, linger_ms=5, **config))
    for one in messages:
        producer.produce(name, **one)
    if producer.flush(40) > 0:
        raise AssertionError("not everything was delivered")


def member(context, name, group, count):
    """A member of the group that took `count` messages and committed them."""
    consumer = Consumer(settings(context, group_id=group, auto_offset_reset="earliest", client_id="the-client"))
    context.after(consumer.close)
    consumer.subscribe([name])
    taken = []
    eventually("the messages", lambda: taken.extend(consumer.consume(count - len(taken), 0.2)) or len(taken) >= count)
    consumer.commit(asynchronous=False)
    return consumer


def commit(context, group, name, offsets):
    """Commits for a group without members."""
    consumer = Consumer(settings(context, group_id=group))
    consumer.commit(offsets=[TopicPartition(name, i, one) for i, one in enumerate(offsets)], asynchronous=False)
    consumer.close()


def config(context, name, key):
    resource = ConfigResource(ResourceType.TOPIC, name)
    # Its answers end with the client itself.
    asked = client(context)
    (future,) = asked.describe_configs([resource]).values()
    return future.result(20)[key].value


def topics(context):
    return client(context).list_topics(timeout=10).topics


class Screen:
    """An application of kaskade with a person at its keys."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot

    async def press(self, *keys):
        # A table that was loading has lost the focus, which a person gives back by a click.
        tables = self.app.screen.query("#topics-table, #records-table")
        if self.app.focused is None and tables:
            await self.until("the table", lambda: not tables.first().loading)
            tables.first().focus()
            await self.pilot.pause()
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, selector, text):
        """Replaces what is in a field."""
        field = self.app.screen.query_one(selector)
        field.focus()
        field.value = ""
        await self.press(*["minus" if key == "-" else "underscore" if key == "_" else "full_stop" if key == "." else key for key in text])

    async def until(self, what, ask, timeout_s=30.0):
        deadline = time.monotonic() + timeout_s
        while not (answer := ask()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {timeout_s} s in vain: {what}; it said {self.said()}")
            await self.pilot.pause(0.05)
        return answer

    def said(self):
        """What it has told so far, errors among it."""
        return [f"{one.title}: {one.message}" for one in self.app._notifications]

    def rows(self, selector):
        """The cells of a table as texts; none while it is loading."""
        table = self.app.screen.query_one(selector, DataTable)
        if table.loading:
            return []
        return [[str(cell) for cell in table.get_row_at(i)] for i in range(table.row_count)]

    async def row(self, name, ready=lambda row: "…" not in row):
        """The row of a topic in the list, once everything in it is known; refreshes until it is there."""

        def found():
            return next((row for row in self.rows("#topics-table") if row[0] == name and ready(row)), None)

        for _ in range(30):
            with contextlib.suppress(AssertionError):
                return await self.until(f"{name} in the list", found, 1.0)
            await self.press("ctrl+r")
        raise AssertionError(f"{name} is not among {self.rows('#topics-table')}; it said {self.said()}")

    async def select(self, name):
        """Moves to a topic's row."""
        await self.row(name)
        table = self.app.screen.query_one("#topics-table", DataTable)
        table.move_cursor(row=table.get_row_index(name))
        await self.until("the selection", lambda: self.app.query_one("ListTopics").current_topic.name == name)


async def in_background(function, *arguments):
    """The screen goes on while a client blocks."""
    return await asyncio.to_thread(function, *arguments)


def at_screen(story):
    """A case whose story is told to a screen of the administrator."""

    def run(context):
        async def play():
            app = KaskadeAdmin(settings(context), refresh_interval=0)
            async with app.run_test(size=SIZE) as pilot:
                await story(context, Screen(app, pilot))

        asyncio.run(play())

    return run


def show(context, name, story, partitions=(), **config):
    """Opens the consumer on a topic and tells the story to its screen."""

    async def play():
        own = settings(context, **config)
        text = Deserialization.STRING
        app = KaskadeConsumer(name, own, {}, {}, {}, text, text, partitions=partitions)
        async with app.run_test(size=SIZE) as pilot:
            await story(Screen(app, pilot))

    asyncio.run(play())
