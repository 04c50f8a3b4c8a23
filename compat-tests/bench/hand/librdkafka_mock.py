"""librdkafka's mock cluster in the place of samsa, which is part of a client: start and memory are those of both. JSON."""
import json
import statistics
import time

from confluent_kafka import Producer

LIVES = 20
CLUSTERS = 50


def cluster():
    client = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    assert client.list_topics(timeout=10).brokers
    return client


def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


starts, stops = [], []
for _ in range(LIVES):
    before = time.perf_counter()
    one = cluster()
    starts.append((time.perf_counter() - before) * 1000)
    before = time.perf_counter()
    del one
    stops.append((time.perf_counter() - before) * 1000)
before = resident_mb()
many = [cluster() for _ in range(CLUSTERS)]
each = (resident_mb() - before) / CLUSTERS
print(json.dumps({"startMs": statistics.median(starts), "stopMs": statistics.median(stops), "memoryMB": each}))
