"""confluent-kafka (librdkafka) and aiokafka as programs that attempts.ts tells what to attempt: lines of JSON both ways."""

import asyncio
import json
import logging
import ssl
import sys
import time

import aiokafka
import confluent_kafka
from aiokafka.abc import AbstractTokenProvider
from aiokafka.helpers import create_ssl_context
from confluent_kafka import KafkaError, KafkaException

LIMIT_S = 30


class Words(logging.Handler):
    """What aiokafka has logged during a step: of a bootstrap that failed it tells the reason nowhere else."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record):
        self.text += record.getMessage() + "\n"


words = Words()
logging.getLogger("aiokafka").addHandler(words)
logging.getLogger("aiokafka").propagate = False


class Refused(Exception):
    def __init__(self, outcome, detail):
        super().__init__(detail)
        self.outcome = outcome


class Confluent:
    """One session of librdkafka: a producer, and a consumer once something is read."""

    def __init__(self, request):
        self._error = None
        self._config = self._security(request)
        self._producer = confluent_kafka.Producer(self._config)
        self._consumer = None
        if "token" in request:
            self._producer.poll(0)
        self._wait(lambda: self._producer.list_topics(timeout=1))

    def _security(self, request):
        config = {
            "bootstrap.servers": request["address"],
            "security.protocol": request["protocol"],
            "error_cb": self._on_error,
            "logger": logging.getLogger("none"),
            "log_level": 0,
            "message.timeout.ms": LIMIT_S * 1000,
        }
        if request["protocol"].endswith("SSL"):
            config["ssl.ca.location"] = request["ca"]
        if "identity" in request:
            config.update({"ssl.certificate.location": request["identity"], "ssl.key.location": request["identity"]})
        if "mechanism" in request:
            config["sasl.mechanism"] = request["mechanism"]
        if "token" in request:
            config["oauth_cb"] = lambda _: (request["token"], time.time() + 3600)
        elif "username" in request:
            config.update({"sasl.username": request["username"], "sasl.password": request["password"]})
        return config

    def _on_error(self, error):
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.TOPIC_AUTHORIZATION_FAILED):
            self._error = error

    def _wait(self, ask):
        deadline = time.monotonic() + LIMIT_S
        self._error = None
        while True:
            try:
                answer = ask()
                if answer is not None:
                    return answer
            except KafkaException as failure:
                error = failure.args[0]
                if error.code() not in (KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN):
                    raise
            self._producer.poll(0.05)
            if self._error is not None:
                raise KafkaException(self._error)
            if time.monotonic() > deadline:
                raise Refused("closed", "no answer")

    def send(self, topic, value):
        reports = []
        self._producer.produce(topic, value.encode(), on_delivery=lambda error, _: reports.append(error))
        self._wait(lambda: reports or None)
        if reports[0] is not None:
            raise KafkaException(reports[0])

    def read(self, topic, value):
        if self._consumer is None:
            own = {"group.id": "none", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
            own["topic.metadata.refresh.interval.ms"] = 500
            self._consumer = confluent_kafka.Consumer({**self._config, **own})
            self._consumer.assign([confluent_kafka.TopicPartition(topic, 0, confluent_kafka.OFFSET_BEGINNING)])

        def ask():
            message = self._consumer.poll(0.1)
            if message is not None and message.error():
                raise KafkaException(message.error())
            return message if message is not None and message.value() == value.encode() else None

        self._wait(ask)

    def close(self):
        if self._consumer is not None:
            self._consumer.close()
        self._producer.purge()

    @staticmethod
    def outcome(error):
        if isinstance(error, KafkaException):
            code = error.args[0].code()
            if code == KafkaError._AUTHENTICATION or code == KafkaError.SASL_AUTHENTICATION_FAILED:
                return "authentication"
            if code == KafkaError._SSL:
                return "tls"
            if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                return "authorization"
        return "other"


class Token(AbstractTokenProvider):
    def __init__(self, token):
        self._token = token

    async def token(self):
        return self._token


class Aiokafka:
    """One session of aiokafka, with an event loop of its own."""

    def __init__(self, request):
        self._loop = asyncio.new_event_loop()
        self._consumer = None
        self._producer = None
        self._request = request
        self._run(self._open())

    def _run(self, work):
        return self._loop.run_until_complete(asyncio.wait_for(work, LIMIT_S))

    def _config(self):
        request = self._request
        config = {"bootstrap_servers": request["address"], "security_protocol": request["protocol"]}
        if request["protocol"].endswith("SSL"):
            identity = request.get("identity")
            config["ssl_context"] = create_ssl_context(cafile=request["ca"], certfile=identity, keyfile=identity)
        if "mechanism" in request:
            config["sasl_mechanism"] = request["mechanism"]
        if "token" in request:
            config["sasl_oauth_token_provider"] = Token(request["token"])
        elif "username" in request:
            config.update({"sasl_plain_username": request["username"], "sasl_plain_password": request["password"]})
        return config

    async def _open(self):
        self._producer = aiokafka.AIOKafkaProducer(**self._config())
        await self._producer.start()

    def send(self, topic, value):
        self._run(self._producer.send_and_wait(topic, value.encode()))

    def read(self, topic, value):
        self._run(self._read(topic, value))

    async def _read(self, topic, value):
        if self._consumer is None:
            self._consumer = aiokafka.AIOKafkaConsumer(**self._config(), enable_auto_commit=False)
            await self._consumer.start()
            partition = aiokafka.TopicPartition(topic, 0)
            self._consumer.assign([partition])
            await self._consumer.seek_to_beginning(partition)
        while (await self._consumer.getone()).value != value.encode():
            pass

    def close(self):
        try:
            self._run(self._stop())
        finally:
            self._loop.close()

    async def _stop(self):
        for client in (self._consumer, self._producer):
            if client is not None:
                await client.stop()

    @staticmethod
    def outcome(error):
        names = aiokafka.errors
        if isinstance(error, names.SaslAuthenticationFailed) or isinstance(error, names.AuthenticationFailedError):
            return "authentication"
        if isinstance(error, names.TopicAuthorizationFailedError):
            return "authorization"
        if "SaslAuthenticationFailed" in words.text or "AuthenticationFailedError" in words.text:
            return "authentication"
        if isinstance(error, ssl.SSLError) or "SSL" in words.text or "certificate" in words.text:
            return "tls"
        return "closed" if isinstance(error, names.KafkaConnectionError) else "other"


KINDS = {"confluent-kafka": Confluent, "aiokafka": Aiokafka}


def attempt(kind, session, request):
    """The session from now on, and how it went."""
    words.text = ""
    try:
        if request["op"] == "open":
            session = kind(request)
        elif request["op"] == "close":
            session.close()
            session = None
        else:
            getattr(session, request["op"])(request["topic"], request["value"])
        return session, {"outcome": "ok", "detail": ""}
    except Refused as refused:
        return session, {"outcome": refused.outcome, "detail": str(refused)}
    except Exception as error:
        return session, {"outcome": kind.outcome(error), "detail": f"{error!r} {words.text}"}


def main():
    kind = KINDS[sys.argv[1]]
    session = None
    for line in sys.stdin:
        session, answer = attempt(kind, session, json.loads(line))
        print(json.dumps(answer), flush=True)


main()
