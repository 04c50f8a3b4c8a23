/** Connections, in the names that Strimzi's rules give Kafka's socket-server-metrics, and the queue of requests. */

import type { ClientTraffic, Traffic } from '../../metrics/client-traffic.ts'
import { counter, type Exposition, type Family, gauge } from '../../metrics/exposition.ts'
import type { ListenerMetrics } from '../../metrics/listener-metrics.ts'
import type { Server } from '../../server/server.ts'
import { MEMORY } from './topic-samples.ts'

const PREFIX = 'kafka_server_socket_server_metrics_'
const FAMILIES: readonly (readonly [Family, keyof ListenerMetrics])[] = [
  [gauge(`${PREFIX}connection_count`, 'Connections that are open'), 'connections'],
  [counter(`${PREFIX}connection_creation_total`, 'Connections that came'), 'connectionCreations'],
  [counter(`${PREFIX}connection_close_total`, 'Connections that went'), 'connectionCloses'],
  [counter(`${PREFIX}incoming_byte_total`, 'Bytes of requests'), 'incomingBytes'],
  [counter(`${PREFIX}outgoing_byte_total`, 'Bytes of answers'), 'outgoingBytes'],
  [counter(`${PREFIX}request_total`, 'Requests that came'), 'requests'],
  [counter(`${PREFIX}response_total`, 'Answers that were sent'), 'responses'],
  [counter(`${PREFIX}successful_authentication_total`, 'Logins that went well'), 'successfulAuthentications'],
  [counter(`${PREFIX}failed_authentication_total`, 'Logins that failed'), 'failedAuthentications'],
]
const SOFTWARE = gauge(
  `${PREFIX}connections_software`,
  'Connections by the software that clients say they are (KIP-511)',
)
const QUEUED = gauge('kafka_network_requestchannel_requestqueuesize', 'Requests that are at work')

const CLIENT = 'samsa_client_'
const CLIENTS: readonly (readonly [Family, keyof Traffic])[] = [
  [gauge(`${CLIENT}connections`, 'Connections of a client id that are open'), 'connections'],
  [counter(`${CLIENT}request_total`, 'Requests of a client id'), 'requests'],
  [counter(`${CLIENT}incoming_byte_total`, 'Bytes of the requests of a client id'), 'incomingBytes'],
  [counter(`${CLIENT}outgoing_byte_total`, 'Bytes of the answers to a client id'), 'outgoingBytes'],
]

/** There is one loop, where Kafka has several threads. */
const PROCESSOR = '0'
/** Clients may call themselves anything; beyond so many names they are summed up as `other`. */
const MAX_SOFTWARE = 50

export function collectServer(to: Exposition, server: Server): void {
  for (const [family, counts] of FAMILIES) {
    for (const [listener, metrics] of server.metrics) {
      to.add(family, metrics[counts], { listener, networkProcessor: PROCESSOR })
    }
  }
  const software = new Map<string, { count: number; labels: Record<string, string> }>()
  for (const { listenerName: listener, peer } of server.clients()) {
    const { softwareName, softwareVersion } = peer
    let key = `${listener} ${softwareName} ${softwareVersion}`
    const isTooMany = software.size >= MAX_SOFTWARE && !software.has(key)
    if (isTooMany) key = `${listener} other`
    const [clientSoftwareName, clientSoftwareVersion] = isTooMany ? ['other', ''] : [softwareName, softwareVersion]
    const labels = { clientSoftwareName, clientSoftwareVersion, listener, networkProcessor: PROCESSOR }
    const known = software.get(key) ?? { count: 0, labels }
    known.count++
    software.set(key, known)
  }
  for (const { count, labels } of software.values()) to.add(SOFTWARE, count, labels)
  to.add(QUEUED, server.queue.requests)
  to.add(MEMORY, server.queue.bytes, { owner: 'requests' })
}

/** Client ids beyond a limit are told together. */
export function collectTraffic(to: Exposition, traffic: ClientTraffic): void {
  for (const [family, count] of CLIENTS) {
    for (const [clientId, of] of traffic.all()) to.add(family, of[count], { client_id: clientId })
  }
}
