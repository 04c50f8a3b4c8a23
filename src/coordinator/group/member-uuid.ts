import { uuidText } from '../../../protocol/hashes.ts'
import type { Random } from '../../env/index.ts'

const VERSION_BYTE = 6
const VARIANT_BYTE = 8

/** A random UUID (version 4), which makes member ids unique, in the hexadecimal form. */
export function memberUuid(random: Random): string {
  return uuid(random)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The same in Kafka's form, in which it is the whole id of a member of a consumer group. */
export function consumerMemberId(random: Random): string {
  return uuidText(uuid(random))
}

function uuid(random: Random): Buffer {
  const bytes = random.bytes(16)
  bytes.writeUInt8((bytes.readUInt8(VERSION_BYTE) & 0x0f) | 0x40, VERSION_BYTE)
  bytes.writeUInt8((bytes.readUInt8(VARIANT_BYTE) & 0x3f) | 0x80, VARIANT_BYTE)
  return bytes
}
