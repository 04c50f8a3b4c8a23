"""confluent-kafka's client of a schema registry, and its serializers, as a driver of cases (support/driver.ts)."""

import json
import os

from confluent_kafka import Consumer, Producer, version
from confluent_kafka.schema_registry import ConfigCompatibilityLevel, Schema, SchemaReference, SchemaRegistryClient, ServerConfig
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.longrunning import operations_pb2
from google.rpc import status_pb2

from driver import case, equal, main

RECORD = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}
OBJECT = {"title": "Order", "type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}


def client():
    return SchemaRegistryClient({"url": os.environ["REGISTRY_URL"], "max.retries": 0})


def refused(function, *args):
    try:
        function(*args)
    except SchemaRegistryError as error:
        return [error.http_status_code, error.error_code]
    raise AssertionError(f"{function.__name__} was not refused")


def through_a_topic(context, topic, value):
    """The bytes as a consumer has them."""
    producer = Producer({"bootstrap.servers": context.bootstrap_servers, "broker.address.family": "v4"})
    producer.produce(topic, value)
    equal(producer.flush(20), 0, "records that were not sent")
    consumer = Consumer(
        {
            "bootstrap.servers": context.bootstrap_servers,
            "broker.address.family": "v4",
            "group.id": context.unique("group"),
            "auto.offset.reset": "earliest",
        }
    )
    context.after(consumer.close)
    consumer.subscribe([topic])
    message = None
    for _ in range(200):
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            return message.value()
    raise AssertionError("the record did not come")


@case("confluent for Python: Avro, registered by its serializer, read by another client")
def avro(context):
    topic = context.unique("orders")
    at = SerializationContext(topic, MessageField.VALUE)
    value = AvroSerializer(client(), json.dumps(RECORD))({"id": 7}, at)
    equal(AvroDeserializer(client())(through_a_topic(context, topic, value), at), {"id": 7})
    latest = client().get_latest_version(f"{topic}-value")
    equal([latest.version, latest.schema.schema_type], [1, "AVRO"])


@case("confluent for Python: JSON Schema, registered by its serializer, read by another client")
def json_schema(context):
    topic = context.unique("orders")
    at = SerializationContext(topic, MessageField.VALUE)
    value = JSONSerializer(json.dumps(OBJECT), client())({"id": 7}, at)
    equal(JSONDeserializer(json.dumps(OBJECT), schema_registry_client=client())(through_a_topic(context, topic, value), at), {"id": 7})


@case("confluent for Python: Protobuf, whose imports its serializer registers too")
def protobuf(context):
    topic = context.unique("orders")
    at = SerializationContext(topic, MessageField.VALUE)
    serializer = ProtobufSerializer(status_pb2.Status, client(), {"use.deprecated.format": False})
    value = serializer(status_pb2.Status(code=7, message="seven"), at)
    read = ProtobufDeserializer(status_pb2.Status, {"use.deprecated.format": False}, client())
    equal(read(through_a_topic(context, topic, value), at).message, "seven")
    other = context.unique("operations")
    at = SerializationContext(other, MessageField.VALUE)
    serializer = ProtobufSerializer(operations_pb2.Operation, client(), {"use.deprecated.format": False})
    value = serializer(operations_pb2.Operation(name="seven"), at)
    equal(len(client().get_latest_version(f"{other}-value").schema.references) > 0, True)
    read = ProtobufDeserializer(operations_pb2.Operation, {"use.deprecated.format": False}, client())
    equal(read(value, at).name, "seven")


@case("confluent for Python: versions, lookups, levels and deletion")
def registry(context):
    subject = context.unique("subject")
    one = client()
    first = Schema(json.dumps(RECORD), "AVRO")
    schema_id = one.register_schema(subject, first)
    equal(one.lookup_schema(subject, first).version, 1)
    equal(json.loads(client().get_schema(schema_id).schema_str), RECORD)
    equal(refused(one.get_compatibility, subject), [404, 40408])
    one.set_config(subject, ServerConfig(compatibility=ConfigCompatibilityLevel.FULL_TRANSITIVE))
    equal(one.get_config(subject).compatibility_level, ConfigCompatibilityLevel.FULL_TRANSITIVE)
    more = {**RECORD, "fields": [*RECORD["fields"], {"name": "who", "type": "string"}]}
    equal(one.test_compatibility(subject, Schema(json.dumps(more), "AVRO")), False)
    equal(refused(one.register_schema, subject, Schema(json.dumps(more), "AVRO"))[0], 409)
    equal(refused(one.register_schema, subject, Schema('{"type": "nothing"}', "AVRO")), [422, 42201])
    equal(refused(one.get_version, subject, 9), [404, 40402])
    equal(refused(one.get_latest_version, context.unique("nobody")), [404, 40401])
    equal(refused(one.get_schema, 999_999_999), [404, 40403])
    equal(one.get_versions(subject), [1])
    equal(one.delete_subject(subject), [1])
    equal(refused(one.delete_subject, subject), [404, 40404])
    equal(one.delete_subject(subject, True), [1])
    equal(subject in one.get_subjects(), False)


@case("confluent for Python: references of all three kinds")
def references(context):
    kinds = {
        "AVRO": (
            '{"type":"record","name":"Inner","namespace":"n","fields":[]}',
            "n.Inner",
            '{"type":"record","name":"Outer","namespace":"n","fields":[{"name":"i","type":"n.Inner"}]}',
        ),
        "PROTOBUF": (
            'syntax = "proto3"; package n; message Inner {}',
            "inner.proto",
            'syntax = "proto3"; package n; import "inner.proto"; message Outer { Inner i = 1; }',
        ),
        "JSON": ('{"type":"integer"}', "inner.json", '{"type":"object","properties":{"i":{"$ref":"inner.json"}}}'),
    }
    for kind, (inner, name, outer) in kinds.items():
        one = client()
        target, user = context.unique("inner"), context.unique("outer")
        one.register_schema(target, Schema(inner, kind))
        schema_id = one.register_schema(user, Schema(outer, kind, [SchemaReference(name, target, 1)]))
        equal(client().get_schema(schema_id).references[0].subject, target)
        equal(refused(one.delete_subject, target), [422, 42206])


main(version())
