import type { GroupClient } from '../../coordinator/group-facades/group-shards.ts'
import type { RequestContext } from '../../dispatch/handler.ts'

const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const IPV6_GROUPS = 8

/** The client as groups remember it and show it to administrators. */
export function groupClient(context: RequestContext): GroupClient {
  return {
    apiVersion: context.apiVersion,
    clientId: context.clientId ?? '',
    clientHost: `/${javaAddress(context.connection.remoteAddress)}`,
  }
}

/** An address in Java's words: IPv6 with all its zeros, an IPv4 address never mapped. */
function javaAddress(address: string): string {
  const mapped = IPV4_MAPPED.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [host = '', zone] = address.split('%')
  const [head = '', tail] = host.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : IPV6_GROUPS - left.length - right.length
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right]
  const text = groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
  return zone === undefined ? text : `${text}%${zone}`
}
