"""kaskade as a driver of cases: a person opens its screens, presses keys and reads the tables."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from importlib.metadata import version

from kaskade.models import PartitionOffset, PartitionSelection

from driver import case, equal, eventually, main
from session import at_screen, commit, config, in_background, member, send, show, topic, topics


@case("admin: topics with partitions, replicas, messages")
@at_screen
async def listed(context, screen):
    name = topic(context, partitions=3)
    send(context, name, [{"value": f"{i}", "partition": i % 3} for i in range(30)])
    row = await screen.row(name)
    equal([re.sub("^≈", "", cell) for cell in row[1:]], ["3", "1", "1", "0", "0", "30", "0"])


@case("admin: a topic is made")
@at_screen
async def made(context, screen):
    name = context.unique("made")
    await screen.until("the list", lambda: not screen.app.screen.query_one("#topics-table").loading)
    await screen.press("n")
    await screen.type("#name", name)
    await screen.type("#partitions", "4")
    await screen.type("#retention", "1234567")
    await screen.press("ctrl+s")
    await screen.until("the answer", lambda: f"Topic Created: Created topic '{name}'" in screen.said())
    equal((await screen.row(name))[1], "4")
    equal(len(topics(context)[name].partitions), 4)
    equal((config(context, name, "retention.ms"), config(context, name, "cleanup.policy")), ("1234567", "delete"))


@case("admin: a topic that is there already")
@at_screen
async def made_twice(context, screen):
    name = topic(context)
    await screen.row(name)
    await screen.press("n")
    await screen.type("#name", name)
    await screen.press("ctrl+s")
    expected = f"Kafka Error: Topic '{name}' already exists."
    await screen.until("the refusal", lambda: expected in screen.said())


@case("admin: a topic is deleted, once its name was typed")
@at_screen
async def deleted(context, screen):
    name = topic(context)
    await screen.select(name)
    await screen.press("ctrl+d")
    await screen.type("#topic-confirmation", name[:-1])
    await screen.press("enter")
    equal(name in topics(context), True, "still there")
    await screen.type("#topic-confirmation", name)
    await screen.press("enter")
    await screen.until("the answer", lambda: f"Topic Deleted: Deleted topic '{name}'" in screen.said())
    eventually("it is gone", lambda: name not in topics(context))
    await screen.until("it left the list", lambda: name not in [row[0] for row in screen.rows("#topics-table")])


@case("admin: partitions, retention and policy are edited")
@at_screen
async def edited(context, screen):
    name = topic(context, partitions=2)
    await screen.select(name)
    await screen.press("e")
    await screen.until("the form", lambda: screen.app.screen.query("#retention"))
    equal(screen.app.screen.query_one("#retention").value, "604800000")
    await screen.type("#partitions", "5")
    await screen.type("#retention", "7654321")
    await screen.press("ctrl+s")
    await screen.until("the answer", lambda: f"Topic Updated: Updated topic '{name}'" in screen.said())
    eventually("five partitions", lambda: len(topics(context)[name].partitions) == 5)
    eventually("the config", lambda: config(context, name, "retention.ms") == "7654321")
    await screen.row(name, lambda row: row[1] == "5")


@case("admin: what may not be edited")
@at_screen
async def refused_edit(context, screen):
    name = topic(context)
    await screen.select(name)
    await screen.press("e")
    await screen.until("the form", lambda: screen.app.screen.query("#retention"))
    await screen.type("#retention", "9223372036854775808")
    await screen.press("ctrl+s")
    await screen.until("the refusal", lambda: any("Not a number of type LONG" in one for one in screen.said()))


@case("admin: partitions and configs of a topic")
@at_screen
async def described(context, screen):
    name = topic(context, partitions=2)
    send(context, name, [{"value": "v", "partition": 1}] * 7)
    await screen.select(name)
    await screen.press("d")
    await screen.until("the details", lambda: screen.app.screen.query("#partitions-table"))
    partitions = screen.rows("#partitions-table")
    equal([(row[0], row[2], row[3], row[4]) for row in partitions], [("0", "0", "0", "0"), ("1", "0", "7", "7")])
    configs = dict(screen.rows("#configurations-table"))
    expected = {"cleanup.policy": "delete", "retention.ms": "604800000", "compression.type": "producer"}
    equal({key: configs[key] for key in expected}, expected)
    # KIP by KIP the list grew to this; an interface shows all of them.
    equal(len(configs) > 30, True, f"{len(configs)} configs")


@case("admin: groups, members and lag of a topic")
@at_screen
async def groups(context, screen):
    name, live, idle = topic(context, partitions=2), context.unique("live"), context.unique("idle")
    send(context, name, [{"value": f"{i}", "partition": i % 2} for i in range(20)])
    await in_background(member, context, name, live, 20)
    commit(context, idle, name, [4, 10])
    send(context, name, [{"value": "more", "partition": 0}] * 5)
    row = await screen.row(name, lambda row: row[4] == "2")
    equal([row[5], re.sub(r"\D", "", row[6])], ["1", "25"])
    await screen.select(name)
    await screen.press("d")
    await screen.until("the details", lambda: screen.app.screen.query("#groups-table"))
    # Id, coordinator, state, assignor, partitions, members, lag.
    found = {row[0]: row[2:] for row in screen.rows("#groups-table")}
    equal(found, {live: ["stable", "range", "2", "1", "5"], idle: ["empty", "", "2", "0", "11"]})
    offsets = sorted((row[0] == live, *row[1:]) for row in screen.rows("#group-offsets-table"))
    equal(offsets, [(False, "0", "4", "15", "11"), (False, "1", "10", "10", "0"), (True, "0", "10", "15", "5"), (True, "1", "10", "10", "0")])
    (one,) = screen.rows("#group-members-table")
    equal((one[0], one[1], one[4]), (live, "the-client", "[0, 1]"))


@case("admin: topics filtered by name")
@at_screen
async def filtered(context, screen):
    first, second = topic(context), topic(context)
    await screen.row(first)
    await screen.row(second)
    await screen.press("slash")
    await screen.type("#topic-filter", second)
    await screen.press("enter")
    await screen.until("the one", lambda: [row[0] for row in screen.rows("#topics-table")] == [second])
    await screen.press("escape")
    await screen.until("all", lambda: len(screen.rows("#topics-table")) >= 2)


@case("admin: it goes on after SIGKILL of the broker", timeout_ms=120_000)
@at_screen
async def restarted(context, screen):
    name = topic(context)
    send(context, name, [{"value": "v"}] * 3)
    await screen.row(name)
    await in_background(context.restart_broker)
    send(context, name, [{"value": "v"}] * 4)
    await screen.row(name, lambda row: re.sub(r"\D", "", row[6]) == "7")


@case("messages: all of a topic, chunk by chunk")
def all_messages(context):
    name = topic(context)
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        send(context, name, [{"key": f"k-{i}", "value": f"{codec}-{i}"} for i in range(12)], compression_type=codec)

    async def story(screen):
        seen = await screen.until("the first chunk", lambda: screen.rows("#records-table"))
        equal(len(seen), 25)
        for count in (50, 60):
            await screen.press("n")
            await screen.until(f"{count} messages", lambda: len(screen.rows("#records-table")) == count)
        rows = screen.rows("#records-table")
        equal([row[1] for row in rows], [f"{codec}-{i}" for codec in ("none", "gzip", "snappy", "lz4", "zstd") for i in range(12)])
        equal([row[5] for row in rows], [str(i) for i in range(60)])

    show(context, name, story, auto_offset_reset="earliest")


@case("messages: keys, headers, nulls and times")
def contents(context):
    name = topic(context)
    headers = [("one", b"1"), ("two", b"2")]
    send(context, name, [{"key": "k", "value": "v", "headers": headers, "timestamp": 1_500_000_000_123}, {"key": None, "value": None}])

    async def story(screen):
        first, second = await screen.until("both", lambda: screen.rows("#records-table"))
        equal((first[0], first[1], first[4:]), ("k", "v", ["0", "0", "2"]))
        equal("2017-07-14" in first[3], True, first[3])
        equal((second[0], second[1], second[4:]), ("null", "null", ["0", "1", "0"]))
        await screen.press("enter")
        found = await screen.until("its headers", lambda: screen.app.screen.query("#record-headers-list") and screen.rows("#record-headers-list"))
        equal([row[1] for row in found], ["one", "two"])

    show(context, name, story, auto_offset_reset="earliest")


@case("messages: of one partition from an offset")
def one_partition(context):
    name = topic(context, partitions=3)
    send(context, name, [{"value": f"{i % 3}-{i // 3}", "partition": i % 3} for i in range(30)])

    async def story(screen):
        rows = await screen.until("the messages", lambda: screen.rows("#records-table"))
        equal([row[1] for row in rows], ["2-7", "2-8", "2-9"])

    show(context, name, story, (PartitionSelection(2, 7),))

    async def both(screen):
        rows = await screen.until("the messages", lambda: screen.rows("#records-table"))
        equal(sorted(row[1] for row in rows), ["0-9"] + [f"1-{i}" for i in range(10)])

    show(context, name, both, (PartitionSelection(0, 9), PartitionSelection(1, PartitionOffset.EARLIEST)))


@case("messages: a partition and an offset that do not exist")
def refused_selection(context):
    name = topic(context)
    send(context, name, [{"value": "v"}] * 3)
    for selection, words in [(PartitionSelection(4, 0), "Partition 4 does not exist"), (PartitionSelection(0, 9), "Offset 9 is out of range")]:
        try:
            show(context, name, None, (selection,))
        except ValueError as refusal:
            equal(str(refusal).startswith(words), True, refusal)
        else:
            raise AssertionError(f"{selection} was taken")


@case("messages: new ones, in a group of its own")
def new_messages(context):
    name, group = topic(context), context.unique("group")
    send(context, name, [{"value": "before"}])

    async def story(screen):
        await screen.until("nothing yet", lambda: not screen.app.screen.query_one("#records-table").loading)
        send(context, name, [{"value": f"after-{i}"} for i in range(3)])
        await screen.press("n")
        rows = await screen.until("the new ones", lambda: screen.rows("#records-table"))
        equal([row[1] for row in rows], ["after-0", "after-1", "after-2"])

    show(context, name, story, group_id=group)


@case("messages: filtered by what is in them")
def filtered_messages(context):
    name = topic(context)
    send(context, name, [{"key": f"k-{i}", "value": "odd" if i % 2 else "even"} for i in range(10)])

    async def story(screen):
        await screen.until("the messages", lambda: screen.rows("#records-table"))
        await screen.press("slash")
        await screen.type("#value", "odd")
        await screen.press("enter")
        await screen.until("the odd ones", lambda: [row[0] for row in screen.rows("#records-table")] == [f"k-{i}" for i in (1, 3, 5, 7, 9)])

    show(context, name, story, auto_offset_reset="earliest")


@case("the program in a terminal shows the topics")
def terminal(context):
    name = topic(context)
    shown = Terminal(["admin", "-b", context.bootstrap_servers, "--kafka", "broker.address.family=v4"])
    context.after(shown.close)
    eventually(f"{name} on the screen", lambda: name in shown.text())
    shown.write(b"\x03")
    equal(eventually("its end", lambda: shown.ended()), "ended")


class Terminal:
    """kaskade as a person starts it, in a terminal of 200 columns."""

    def __init__(self, arguments):
        self._master, slave = pty.openpty()
        env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", "LINES": "60"}
        program = [sys.executable, "-c", "from kaskade.main import cli; cli()", *arguments]
        self._child = subprocess.Popen(program, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
        os.close(slave)
        self._output = b""

    def text(self):
        while select.select([self._master], [], [], 0.05)[0]:
            try:
                self._output += os.read(self._master, 65_536)
            except OSError:
                break
        return re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", self._output).decode(errors="replace")

    def write(self, keys):
        os.write(self._master, keys)

    def ended(self):
        self.text()
        return None if self._child.poll() is None else "ended"

    def close(self):
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
        os.close(self._master)


if __name__ == "__main__":
    main(version("kaskade"))
