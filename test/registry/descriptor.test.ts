/** The format `serialized` of Protobuf: what protobufjs reads in it is what the text says. */
import type protobuf from 'protobufjs'
import descriptorModule from 'protobufjs/ext/descriptor/index.js'
import t from 'tap'
import { unchecked } from '../../protocol/unchecked.ts'
import { protobufType } from '../../src/registry/schema-types/protobuf/protobuf-type.ts'

const TEXT = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/descriptor.proto";
option java_package = "org.shop";
message Order {
  reserved 8, 10 to 12;
  reserved "old";
  int64 id = 1 [json_name = "ID"];
  optional string note = 2;
  repeated Item items = 3;
  map<string, Item> by_name = 4;
  Kind kind = 5 [deprecated = true];
  oneof how { string card = 6; bool cash = 7; }
  google.protobuf.Timestamp at = 9;
  message Item { sint32 count = 1; }
}
enum Kind { option allow_alias = true; NONE = 0; SOME = 1; ALSO = 1; }
extend google.protobuf.MethodOptions { string note = 50001; }
service Shop { rpc Buy (Order) returns (stream Order.Item); }`

t.test('a file becomes the descriptor that a compiler makes of it', async (t) => {
  const parsed = protobufType.parse({ schema: TEXT, references: [], resolved: [], isNew: true })
  const { FileDescriptorProto } = unchecked<{ FileDescriptorProto: protobuf.Type }>(descriptorModule)
  const bytes = Buffer.from(parsed.formatted('serialized'), 'base64')
  const read = FileDescriptorProto.toObject(FileDescriptorProto.decode(bytes), { enums: String })
  t.match(read, {
    package: 'shop',
    syntax: 'proto3',
    dependency: ['google/protobuf/timestamp.proto', 'google/protobuf/descriptor.proto'],
    extension: [{ name: 'note', number: 50001, extendee: '.google.protobuf.MethodOptions' }],
    options: { javaPackage: 'org.shop' },
    enumType: [{ name: 'Kind', options: { allowAlias: true }, value: [{ name: 'NONE' }, {}, { number: 1 }] }],
    service: [{ method: [{ inputType: '.shop.Order', outputType: '.shop.Order.Item', serverStreaming: true }] }],
  })
  const [order] = read.messageType
  t.match(order, {
    name: 'Order',
    reservedRange: [
      { start: 8, end: 9 },
      { start: 10, end: 13 },
    ],
    reservedName: ['old'],
    oneofDecl: [{ name: 'how' }, { name: '_note' }],
  })
  const field = (name: string) => order.field.find((each: { name: string }) => each.name === name)
  t.match(field('id'), { number: 1, type: 'TYPE_INT64', label: 'LABEL_OPTIONAL', jsonName: 'ID' })
  t.match(field('note'), { proto3Optional: true, oneofIndex: 1 })
  t.match(field('items'), { label: 'LABEL_REPEATED', type: 'TYPE_MESSAGE', typeName: '.shop.Order.Item' })
  t.match(field('by_name'), { label: 'LABEL_REPEATED', typeName: '.shop.Order.ByNameEntry' })
  t.match(field('kind'), { type: 'TYPE_ENUM', typeName: '.shop.Kind', options: { deprecated: true } })
  t.match(field('card'), { oneofIndex: 0 })
  t.match(field('at'), { type: 'TYPE_MESSAGE', typeName: '.google.protobuf.Timestamp' })
  t.match(
    order.nestedType.find((each: { name: string }) => each.name === 'ByNameEntry'),
    { options: { mapEntry: true }, field: [{ name: 'key', number: 1 }, { typeName: '.shop.Order.Item' }] },
  )
  const again = protobufType.parse({
    schema: parsed.formatted('serialized'),
    references: [],
    resolved: [],
    isNew: true,
  })
  t.equal(again.formatted('serialized'), parsed.formatted('serialized'), 'and comes back as it was')
})
