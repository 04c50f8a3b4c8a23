/**
 * Changes of the schema registry that are asked of a broker which does not lead `_schemas`: the request goes on to the
 * registry of the broker that does, whose address stands in that broker's registration, and its answer comes back. So does a
 * question to a broker that has no replica of the topic.
 *
 *     here ──────── this broker leads, or it is a question and a replica is here: it is answered
 *     forwarded ─── one hop, marked as such; the answer waits until the replica here has what the leader has written, so
 *                   that whoever asks here next finds it
 *     tried again ─ the leader was not reached, or leads no more, or is not known: until the time is up nothing was done,
 *                   and what the metadata say then holds
 *     50003 ─────── the leader was reached and has not answered: it may have done it
 *     50004 ─────── nobody leads, or who leads serves no registry
 */
import type { Controller } from '../../controller/index.ts'
import type { Clock } from '../../env/clock.ts'
import type { Http } from '../../env/http.ts'
import { NetworkError } from '../../env/network.ts'
import { brokerOf, type Endpoint } from '../../metadata/image/cluster-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { forwardingFailed, unknownLeader } from '../../registry/error.ts'
import { END_HEADER, FORWARDED_HEADER, type RequestToForward } from '../../registry/http/forwarded.ts'
import { SCHEMAS_TOPIC } from '../../registry/schemas-log.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { createSchemasTopic, PARTITION } from './schemas-topic.ts'

/** The name under which a broker registers the address of its registry; no client connects to it by Kafka's protocol. */
export const REGISTRY_ENDPOINT = 'SAMSA_SCHEMA_REGISTRY'

const PATIENCE_MS = 10_000
const AGAIN_MS = 50
const ANSWER_TIMEOUT_MS = 60_000
const CATCH_UP_MS = 5_000
const SSL = 1
/** All that a request needs to be the same request elsewhere. */
const HEADERS = ['accept', 'authorization', 'content-type']

export interface ForwardingServices {
  readonly controller: Controller
  readonly replicas: ReplicaManager
  readonly http: Http
  readonly clock: Clock
  readonly nodeId: number
}

interface Elsewhere {
  readonly brokerId: number
  readonly url: string
}

export class RegistryForwarding {
  readonly #services: ForwardingServices

  constructor(services: ForwardingServices) {
    this.#services = services
  }

  /** The answer of another broker's registry; null: the request is for this one. Rejects with 50003 or 50004. */
  async forward(request: RequestToForward, isChange: boolean): Promise<Response | null> {
    const { clock } = this.#services
    const wasForwarded = request.header(FORWARDED_HEADER) !== undefined
    const untilMs = clock.monotonicMs() + PATIENCE_MS
    for (;;) {
      const place = await this.#place(isChange)
      if (place === 'here') return null
      if (wasForwarded) throw unknownLeader(`${SCHEMAS_TOPIC} is led by another broker than the one that was asked`)
      if (typeof place !== 'string') {
        const answer = await this.#send(place, request)
        if (answer !== null) return this.#caughtUp(answer)
      }
      if (clock.monotonicMs() >= untilMs) throw unknownLeader(sentenceOf(place))
      await new Promise<void>((resolve) => clock.schedule(AGAIN_MS, resolve))
    }
  }

  async #place(isChange: boolean): Promise<'here' | 'nobody leads' | 'no registry' | Elsewhere> {
    const { controller, clock, nodeId } = this.#services
    const { metadata, requests } = controller
    const topic = metadata.image.topics.get(SCHEMAS_TOPIC) ?? (await createSchemasTopic({ metadata, requests, clock }))
    const partition = topic.partitions[PARTITION]
    if (partition === undefined || partition.leader === nodeId) return 'here'
    if (!isChange && partition.replicas.includes(nodeId)) return 'here'
    if (partition.leader < 0) return 'nobody leads'
    const url = registryOf(metadata, partition.leader)
    return url === null ? 'no registry' : { brokerId: partition.leader, url }
  }

  /** null: it did not come to the one who leads. */
  async #send({ brokerId, url }: Elsewhere, request: RequestToForward): Promise<Response | null> {
    const { pathname, search } = new URL(request.url)
    const headers: Record<string, string> = { [FORWARDED_HEADER]: 'true' }
    for (const name of HEADERS) {
      const value = request.header(name)
      if (value !== undefined) headers[name] = value
    }
    const { method } = request
    const hasBody = method === 'POST' || method === 'PUT'
    let answer: Response
    try {
      answer = await this.#services.http.send(url + pathname + search, {
        method,
        headers,
        timeoutMs: ANSWER_TIMEOUT_MS,
        ...(hasBody && { body: await request.text() }),
      })
    } catch (error) {
      if (error instanceof NetworkError && error.code === 'ECONNREFUSED') return null
      const reason = error instanceof Error ? error.message : String(error)
      throw forwardingFailed(
        `Broker ${brokerId} leads ${SCHEMAS_TOPIC}, and has not answered what was forwarded: ${reason}`,
      )
    }
    return (await isByOneWhoLeadsNoMore(answer)) ? null : answer
  }

  /** The answer, once this broker's replica has what it tells of; the replica may be too far behind to wait for. */
  async #caughtUp(answer: Response): Promise<Response> {
    const { clock, replicas } = this.#services
    const end = Number(answer.headers.get(END_HEADER) ?? 0)
    const untilMs = clock.monotonicMs() + CATCH_UP_MS
    for (;;) {
      const partition = replicas.get(SCHEMAS_TOPIC, PARTITION)
      if (partition === undefined || partition.highWatermark >= end || clock.monotonicMs() >= untilMs) return answer
      await new Promise<void>((resolve) => clock.schedule(1, resolve))
    }
  }
}

/** The address of a broker's registry; null: it serves none. */
function registryOf({ image }: PublishedMetadata, brokerId: number): string | null {
  const endpoint = brokerOf(image.cluster, brokerId)?.endPoints.find(({ name }) => name === REGISTRY_ENDPOINT)
  return endpoint === undefined ? null : urlOf(endpoint)
}

const urlOf = ({ host, port, securityProtocol }: Endpoint): string =>
  `${securityProtocol === SSL ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`

async function isByOneWhoLeadsNoMore(answer: Response): Promise<boolean> {
  if (answer.status !== 500) return false
  const told = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as { error_code?: number }
  return told.error_code === unknownLeader('').code
}

function sentenceOf(place: 'nobody leads' | 'no registry' | Elsewhere): string {
  if (typeof place !== 'string')
    return `Broker ${place.brokerId} leads ${SCHEMAS_TOPIC}, and its registry does not answer at ${place.url}`
  return place === 'nobody leads'
    ? `Nobody leads ${SCHEMAS_TOPIC}: ask again when one of its replicas is back`
    : `Who leads ${SCHEMAS_TOPIC} serves no registry: set samsa.schema.registry.listeners on every broker that has a replica`
}
