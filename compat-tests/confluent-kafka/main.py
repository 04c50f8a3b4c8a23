"""confluent-kafka, which is librdkafka, as a driver of cases (support/driver.ts)."""

import admin  # noqa: F401
import errors  # noqa: F401
import groups  # noqa: F401
import produce  # noqa: F401
import shares  # noqa: F401
import transactions  # noqa: F401

import consume
from driver import main

main(consume.version())
