/** The leader of a quorum on a simulated machine: a log in memory, and answers that a test may replace API by API. */
import { codec } from '../../../protocol/compile.ts'
import { readRequestHeader, responseFrame } from '../../../protocol/frame.ts'
import type { FetchRequest } from '../../../protocol/messages/fetch.ts'
import type { FetchSnapshotRequest } from '../../../protocol/messages/fetch-snapshot.ts'
import { type Api, apisByKey } from '../../../protocol/registry.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { ResponseFrames } from '../../../src/client/response-frames.ts'
import { controlBatch, dataBatch, leaderChange } from '../../../src/controller/metadata-log/metadata-batch.ts'
import type { SnapshotId } from '../../../src/controller/metadata-log/snapshot-file.ts'
import type { Connection, Environment } from '../../../src/env/index.ts'
import type { MetadataRecord } from '../../../src/metadata/metadata-record.ts'

interface Batch {
  readonly baseOffset: number
  readonly nextOffset: number
  readonly epoch: number
  readonly bytes: Buffer
}

export interface Seen {
  readonly name: string
  readonly version: number
  readonly body: Record<string, unknown>
}

const SPOKEN = [1, 18, 55, 56, 58, 59, 60, 62, 63, 67, 73, 19]
export const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'

export class ScriptedController {
  readonly seen: Seen[] = []
  /** By the API's name; an answer of null closes the connection, and undefined is none. */
  readonly answers: Record<string, (body: never, version: number) => object | null | undefined> = {}
  batches: Batch[] = []
  logStart = 0
  snapshot: { readonly id: SnapshotId; readonly bytes: Buffer } | null = null
  epoch = 1
  leaderId = 3000
  leaderAddress = { host: 'controller', port: 9093 }
  highWatermark = 0
  brokerEpoch = 100n
  /** Whether Fetch says where the leader is (KIP-853). */
  answersWithEndpoints = true
  #waiting = new Set<() => void>()

  get endOffset(): number {
    return this.batches.at(-1)?.nextOffset ?? this.logStart
  }

  /** Appends a batch; committed unless said otherwise. */
  append(records: readonly MetadataRecord[], { isCommitted = true } = {}): void {
    const position = { baseOffset: this.endOffset, epoch: this.epoch, timestampMs: 1 }
    this.#add(dataBatch(position, records), records.length, isCommitted)
  }

  /** A new leader begins its epoch. */
  elect(epoch: number, leaderId = this.leaderId): void {
    this.epoch = epoch
    this.leaderId = leaderId
    const position = { baseOffset: this.endOffset, epoch, timestampMs: 1 }
    this.#add(controlBatch(position, [leaderChange({ leaderId, voters: [], grantingVoters: [] })]), 1, true)
  }

  commit(): void {
    this.highWatermark = this.endOffset
    this.#wake()
  }

  async listen({ network, clock }: Environment, host = 'controller'): Promise<void> {
    await network.listen({ host, port: 9093 }, (connection) => this.#serve(connection, clock))
  }

  requests(name: string): Record<string, unknown>[] {
    return this.seen.filter((each) => each.name === name).map(({ body }) => body)
  }

  #add(bytes: Buffer, count: number, isCommitted: boolean): void {
    const baseOffset = this.endOffset
    this.batches.push({ baseOffset, nextOffset: baseOffset + count, epoch: this.epoch, bytes })
    if (isCommitted) this.highWatermark = this.endOffset
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #serve(connection: Connection, clock: Environment['clock']): void {
    const frames = new ResponseFrames(2 ** 24)
    connection.handle({
      data: (chunk) => {
        for (const frame of frames.push(chunk)) {
          const { api, header, reader } = readRequestHeader(frame)
          const { requestApiVersion: version, correlationId } = header
          const body = codec(api.request, version).decode(reader) as Record<string, unknown>
          this.seen.push({ name: api.name, version, body })
          const answer = (response: object | null | undefined) => {
            if (response === undefined) return
            if (response === null) connection.destroy()
            else connection.write(responseFrame(api, version, correlationId, response))
          }
          const own = this.answers[api.name]
          if (own !== undefined) answer(own(body as never, version))
          else this.#answer(api, body, clock, answer)
        }
      },
      close: () => {},
    })
  }

  #answer(
    api: Api,
    body: Record<string, unknown>,
    clock: Environment['clock'],
    answer: (response: object) => void,
  ): void {
    switch (api.name) {
      case 'ApiVersions':
        return answer({
          apiKeys: SPOKEN.map((apiKey) => {
            const { minVersion, maxVersion } = apisByKey.get(apiKey)!.request
            return { apiKey, minVersion, maxVersion }
          }),
        })
      case 'DescribeCluster':
        return answer({ clusterId: CLUSTER_ID, endpointType: 2 })
      case 'Fetch':
        return this.#fetch(unchecked<FetchRequest>(body), clock, answer)
      case 'FetchSnapshot':
        return answer(this.#fetchSnapshot(unchecked<FetchSnapshotRequest>(body)))
      case 'BrokerRegistration':
        return answer({ brokerEpoch: this.brokerEpoch })
      case 'BrokerHeartbeat':
        return answer({ isCaughtUp: true, isFenced: body.wantFence, shouldShutDown: body.wantShutDown })
      case 'DescribeQuorum': {
        const partitions = [{ partitionIndex: 0, leaderId: this.leaderId, highWatermark: BigInt(this.highWatermark) }]
        return answer({ topics: [{ topicName: '__cluster_metadata', partitions }] })
      }
      default:
        throw new Error(`The script has no answer to ${api.name}`)
    }
  }

  #fetch(request: FetchRequest, clock: Environment['clock'], answer: (response: object) => void): void {
    const { currentLeaderEpoch, fetchOffset, highWatermark } = request.topics[0]!.partitions[0]!
    const isNews = () => Number(fetchOffset) < this.endOffset || Number(highWatermark) < this.highWatermark
    if (currentLeaderEpoch !== this.epoch || isNews()) return answer(this.#fetched(request))
    const timer = clock.schedule(request.maxWaitMs, () => done())
    const done = () => {
      timer.cancel()
      this.#waiting.delete(done)
      answer(this.#fetched(request))
    }
    this.#waiting.add(done)
  }

  #fetched({ topics }: FetchRequest): object {
    const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch } = topics[0]!.partitions[0]!
    const offset = Number(fetchOffset)
    const from = this.batches.findIndex(({ nextOffset }) => nextOffset > offset)
    const known = this.batches.filter(({ epoch }) => epoch <= lastFetchedEpoch).at(-1)
    const epochEnd = known?.nextOffset ?? this.logStart
    const isBehind = offset < this.logStart || (this.batches.length === 0 && offset !== this.logStart)
    const hasDiverged = offset > 0 && (known?.epoch !== lastFetchedEpoch || epochEnd < offset) && offset > this.logStart
    const isWrongEpoch = currentLeaderEpoch !== this.epoch
    const content = isWrongEpoch
      ? { errorCode: currentLeaderEpoch < this.epoch ? 74 : 76, records: null }
      : isBehind && this.snapshot !== null
        ? { snapshotId: { endOffset: BigInt(this.snapshot.id.offset), epoch: this.snapshot.id.epoch }, records: null }
        : hasDiverged
          ? { divergingEpoch: { epoch: known?.epoch ?? 0, endOffset: BigInt(epochEnd) }, records: null }
          : { records: from === -1 ? null : Buffer.concat(this.batches.slice(from).map(({ bytes }) => bytes)) }
    const partition = {
      partitionIndex: 0,
      highWatermark: BigInt(this.highWatermark),
      currentLeader: { leaderId: this.leaderId, leaderEpoch: this.epoch },
      ...content,
    }
    return {
      responses: [{ topic: '__cluster_metadata', topicId: topics[0]!.topicId, partitions: [partition] }],
      nodeEndpoints: this.answersWithEndpoints ? [{ nodeId: this.leaderId, ...this.leaderAddress }] : [],
    }
  }

  #fetchSnapshot({ topics }: FetchSnapshotRequest): object {
    const { position, snapshotId } = topics[0]!.partitions[0]!
    const { bytes } = this.snapshot!
    const part = bytes.subarray(Number(position), Number(position) + 100)
    const currentLeader = { leaderId: this.leaderId, leaderEpoch: this.epoch }
    const partition = {
      index: 0,
      snapshotId,
      currentLeader,
      size: BigInt(bytes.length),
      position,
      unalignedRecords: part,
    }
    return { topics: [{ name: '__cluster_metadata', partitions: [partition] }] }
  }
}
