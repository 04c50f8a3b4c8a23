/** The places in responses where the address of a broker stands. */
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'

/** A field of a response that leads a client to a broker. */
export interface Place {
  host: string
  port: number
}

const METADATA = 3
const FIND_COORDINATOR = 10
const DESCRIBE_CLUSTER = 60
const BROKERS = 1

type Fields = Readonly<Record<string, unknown>>

const listOf = (response: Fields, field: string): readonly Place[] => (response[field] ?? []) as readonly Place[]
/** Where partitions have moved to (KIP-951, KIP-932). */
const nodeEndpoints = (response: Fields) => listOf(response, 'nodeEndpoints')

const PLACES = new Map<number, (response: Fields) => readonly Place[]>([
  [0, nodeEndpoints],
  [1, nodeEndpoints],
  [METADATA, (response) => listOf(response, 'brokers')],
  // One coordinator stands in the response itself up to version 3, several in a list from then on.
  [FIND_COORDINATOR, (response) => [response as Fields & Place, ...listOf(response, 'coordinators')]],
  [DESCRIBE_CLUSTER, (response) => (response.endpointType === BROKERS ? listOf(response, 'brokers') : [])],
  [78, nodeEndpoints],
  [79, nodeEndpoints],
])

/** The first versions of Produce and Fetch that name other brokers. */
const SINCE = new Map([
  [0, 10],
  [1, 16],
])

export const mayHaveAddresses = (apiKey: number, version: number): boolean =>
  PLACES.has(apiKey) && version >= (SINCE.get(apiKey) ?? 0)

/** Whether responses of this API lead clients to brokers in any version. */
export const leadsToBrokers = (apiKey: number): boolean => PLACES.has(apiKey)

/** The addresses in a response, to be changed in their place; errors have none. */
export function addressesIn(apiKey: number, response: Decoded<MessageSchema>): readonly Place[] {
  const places = PLACES.get(apiKey)?.(response as Fields) ?? []
  return places.filter(({ host, port }) => typeof host === 'string' && host !== '' && port > 0)
}
