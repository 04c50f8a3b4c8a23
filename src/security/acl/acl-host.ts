/** Hosts of ACLs: any (`*`), one address, or since Kafka 4.4 a range of addresses in CIDR notation (KIP-1276). */

const IPV4_BITS = 32
const IPV6_BITS = 128
const IPV4_PART = /^\d{1,3}$/
const IPV4_RANGE = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\/(\d{1,3})$/
const IPV6_PART = /^[0-9a-f]{1,4}$/i
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

export const ANY_HOST = '*'

/** An address as Java's InetAddress writes it: IPv6 in eight groups without padding. ACLs name hosts in this form. */
export function javaHostAddress(address: string): string {
  if (!address.includes(':')) return address
  const mapped = MAPPED_IPV4.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [bare = '', zone] = address.split('%')
  const value = ipv6(bare)
  if (value === null) return address
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  return zone === undefined ? groups.join(':') : `${groups.join(':')}%${zone}`
}

/** Null when a text that has a slash is a range; else the reason why it is none, in Apache's words. */
export function whyNoRange(text: string): string | null {
  const range = parseRange(text)
  return typeof range === 'string' ? `Invalid CIDR notation '${text}': ${range}` : null
}

/** Whether a host of an ACL applies to a client at this address, which is in Java's form. */
export function hostMatcher(host: string): (address: string) => boolean {
  if (host === ANY_HOST) return () => true
  if (!host.includes('/')) return (address) => address === host
  const range = parseRange(host)
  if (typeof range === 'string') return (address) => address === host
  const { bits, network, shift } = range
  return (address) => {
    const value = bits === IPV4_BITS ? ipv4(address) : ipv6(address.split('%')[0] ?? '')
    return value !== null && value >> shift === network
  }
}

interface Range {
  readonly bits: number
  /** The bits that all addresses of the range begin with. */
  readonly network: bigint
  /** The number of bits behind them, in which the addresses differ. */
  readonly shift: bigint
}

/** The reason in place of the range, where there is none. */
function parseRange(text: string): Range | string {
  return text.includes(':') ? parseIpv6Range(text) : parseIpv4Range(text)
}

/** SubnetUtils of commons-net. */
function parseIpv4Range(text: string): Range | string {
  const match = IPV4_RANGE.exec(text)
  if (match === null) return `Could not parse [${text}]`
  const [address = '', length = ''] = match.slice(1)
  const tooMuch = address.split('.').find((part) => Number(part) > 255)
  if (tooMuch !== undefined) return outOfRange(tooMuch, 255)
  if (Number(length) > IPV4_BITS) return outOfRange(length, IPV4_BITS)
  return rangeOf(ipv4(address) ?? 0n, IPV4_BITS, Number(length))
}

const outOfRange = (text: string, max: number): string => `Value [${Number(text)}] not in range [0,${max}]`

/** SubnetUtils6 of commons-net. To Java an IPv4 address that is mapped into IPv6 is one of IPv4. */
function parseIpv6Range(text: string): Range | string {
  const slash = text.indexOf('/')
  const [address, length] = [text.slice(0, slash), text.slice(slash + 1)]
  if (!/^[+-]?\d{1,9}$/.test(length)) return `Could not parse [${text}] - invalid prefix length`
  if (Number(length) < 0 || Number(length) > IPV6_BITS) {
    return `Could not parse [${text}] - prefix length must be between 0 and ${IPV6_BITS}`
  }
  if (!address.includes(':')) return `Could not parse [${address}]`
  const value = ipv6(address.replace(/%\d+$/, ''))
  if (value === null) return `Could not parse [${address}]`
  if (value >> 32n === 0xffffn) return `Could not parse [${address}] - not an IPv6 address`
  return rangeOf(value, IPV6_BITS, Number(length))
}

function rangeOf(address: bigint, bits: number, length: number): Range {
  const shift = BigInt(bits - length)
  return { bits, network: address >> shift, shift }
}

function ipv4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255)) return null
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function ipv6(text: string): bigint | null {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return null
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  if (front === null || back === null) return null
  const missing = 8 - front.length - back.length
  if (tail === undefined ? missing !== 0 : missing < 1) return null
  return [...front, ...Array<bigint>(missing).fill(0n), ...back].reduce((value, group) => (value << 16n) | group, 0n)
}

/** null: not groups of an IPv6 address. The last two may be written as an IPv4 address. */
function groups(text: string): bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const embedded = last.includes('.') ? ipv4(last) : null
  const plain = last.includes('.') ? parts.slice(0, -1) : parts
  if ((last.includes('.') && embedded === null) || !plain.every((part) => IPV6_PART.test(part))) return null
  const values = plain.map((part) => BigInt(`0x${part}`))
  return embedded === null ? values : [...values, embedded >> 16n, embedded & 0xffffn]
}
