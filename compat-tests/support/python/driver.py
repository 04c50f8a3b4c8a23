"""Runs cases by name for support/driver.ts, which says how the two talk: lines of JSON on standard input and output."""

import json
import os
import sys
import threading
import time
import traceback

_cases = {}


class Context:
    """What a case gets: a broker that runs, and names nobody else uses."""

    def __init__(self, bootstrap_servers, brokers, prefix):
        self.bootstrap_servers = bootstrap_servers
        # How many the cluster has; topics have as many replicas where nothing else is said.
        self.brokers = brokers
        self._prefix = prefix
        self._count = 0
        self._clean_ups = []

    def unique(self, word):
        self._count += 1
        return f"{word}-{self._prefix}-{self._count}"

    def after(self, clean_up):
        """Runs when the case ends, whatever its end; last registered first."""
        self._clean_ups.append(clean_up)

    def restart_broker(self):
        """SIGKILL and a new start on the same data; returns when the broker answers again."""
        _say({"restart": True})
        if "restarted" not in json.loads(sys.stdin.readline()):
            raise RuntimeError("the broker was not restarted")

    def clean_up(self):
        while self._clean_ups:
            self._clean_ups.pop()()


def case(name, smoke=False, timeout_ms=60_000):
    """Registers a function of a Context as a case; it fails by raising."""

    def register(function):
        _cases[name] = (function, smoke, timeout_ms)
        return function

    return register


def eventually(what, ask, timeout_s=30.0):
    """Asks until the answer is true and returns it; fails with `what` after the time."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain: {what}")
        time.sleep(0.02)


def equal(actual, expected, what="value"):
    if actual != expected:
        raise AssertionError(f"{what} is {_short(actual)}, not {_short(expected)}")


def in_thread(function, *args):
    """Runs in a thread; the answer's `result()` waits for it and raises what it raised."""
    return _Work(function, args)


class _Work:
    def __init__(self, function, args):
        self._outcome = None
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(function, args), daemon=True)
        self._thread.start()

    def _run(self, function, args):
        try:
            self._outcome = function(*args)
        except BaseException as error:
            self._error = error

    def result(self, timeout_s=40.0):
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise AssertionError(f"no end after {timeout_s} s")
        if self._error:
            raise self._error
        return self._outcome


def _short(value):
    text = repr(value)
    return text if len(text) < 400 else f"{text[:400]}… ({len(text)} characters)"


def _say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _run(function, context):
    try:
        function(context)
    except BaseException as error:
        return _describe(error)
    finally:
        try:
            context.clean_up()
        except Exception:
            traceback.print_exc()
    return None


def _describe(error):
    """What went wrong and where; the rest of a stack is the client's own business."""
    places = [f"  {os.path.basename(one.filename)}:{one.lineno} {one.line}" for one in traceback.extract_tb(error.__traceback__)]
    return "\n".join([f"{type(error).__name__}: {error}", *reversed(places[1:])][:8])


def main(version):
    cases = [{"name": name, "smoke": smoke, "timeoutMs": timeout} for name, (_, smoke, timeout) in _cases.items()]
    _say({"version": version, "cases": cases})
    while line := sys.stdin.readline():
        request = json.loads(line)
        context = Context(request["bootstrapServers"], request["brokers"], request["unique"])
        error = _run(_cases[request["run"]][0], context)
        _say({"ended": request["run"], "error": error})
