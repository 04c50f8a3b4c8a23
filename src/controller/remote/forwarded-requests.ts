/**
 * Admin requests on their way to the active controller. An answer that tells of a change waits until this broker has
 * applied the change: the controller is asked how far its log is committed, and the image here has to come that far.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../../protocol/messages/describe-quorum.ts'
import { EnvelopeRequest, EnvelopeResponse } from '../../../protocol/messages/envelope.ts'
import { type Api, apisByName } from '../../../protocol/registry.ts'
import type { Clock } from '../../env/index.ts'
import { METADATA_TOPIC } from '../../log/files/file-names.ts'
import type { AdminApi, AdminRequest, AdminRequestContext, AdminRequests, AdminResponse } from '../admin-requests.ts'
import type { CommittedMetadata } from './committed-metadata.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { contentOf, envelopeOf } from './envelope.ts'

/** Kafka's bound on how long a broker tries to forward a request. */
const MAX_WAIT_MS = 60_000
/** A client is answered after that long even if this broker lags behind. */
const MAX_CATCH_UP_MS = 5_000

const QUESTIONS: ReadonlySet<AdminApi> = new Set(['DescribeQuorum', 'ListPartitionReassignments'])

interface Options {
  readonly clock: Clock
  readonly channel: ControllerChannel
  readonly committed: CommittedMetadata
}

export class ForwardedRequests implements AdminRequests {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  async forward<Name extends AdminApi>(
    name: Name,
    request: AdminRequest<Name>,
    context: AdminRequestContext,
  ): Promise<AdminResponse<Name>> {
    const { clock } = this.#options
    const api = apisByName.get(name)!
    const deadlineMs = Math.min(context.deadlineMs, clock.monotonicMs() + MAX_WAIT_MS)
    // No controller speaks the versions that Kafka 4 has dropped (KIP-896): they travel in the oldest one that it kept.
    const apiVersion = Math.max(context.apiVersion, api.request.minVersion)
    await this.#checkVersion(api, apiVersion)
    const response =
      context.clientAddress === null
        ? await this.#asBroker(api, request, deadlineMs)
        : await this.#asClient(api, request, { ...context, apiVersion }, deadlineMs)
    if (!QUESTIONS.has(name)) await this.#catchUp()
    return response as AdminResponse<Name>
  }

  async #asClient(api: Api, request: object, context: AdminRequestContext, deadlineMs: number): Promise<object> {
    const envelope = envelopeOf(api, request, context)
    const answer = await this.#options.channel.request(EnvelopeRequest, EnvelopeResponse, envelope, {
      deadlineMs,
      errorOf: ({ errorCode }) => errorCode,
    })
    return contentOf(api, context.apiVersion, answer)
  }

  /** The broker asks in its own name for things that it needs itself. */
  #asBroker(api: Api, request: object, deadlineMs: number): Promise<object> {
    return this.#options.channel.request(api.request, api.response, request, {
      deadlineMs,
      errorOf: (answer) => (answer as { errorCode?: number }).errorCode ?? ErrorCode.NONE,
    })
  }

  async #checkVersion(api: Api, version: number): Promise<void> {
    const range = await this.#options.channel.versionsOf(api.apiKey).catch(() => null)
    if (range === null || (version >= range.minVersion && version <= range.maxVersion)) return
    throw new KafkaError(
      ErrorCode.UNSUPPORTED_VERSION,
      `The controller answers ${api.name} in versions ${range.minVersion} to ${range.maxVersion}`,
    )
  }

  async #catchUp(): Promise<void> {
    const { channel, committed, clock } = this.#options
    const deadlineMs = clock.monotonicMs() + MAX_CATCH_UP_MS
    const topics = [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }]
    const answer = await channel
      .request(
        DescribeQuorumRequest,
        DescribeQuorumResponse,
        { topics },
        { deadlineMs, errorOf: ({ errorCode }) => errorCode },
      )
      .catch(() => null)
    const end = Number(answer?.topics[0]?.partitions[0]?.highWatermark ?? -1)
    let isLate = false
    const timer = clock.schedule(Math.max(0, deadlineMs - clock.monotonicMs()), () => {
      isLate = true
      committed.wake()
    })
    await committed.until(() => isLate || committed.publishedEnd >= end)
    timer.cancel()
  }
}
