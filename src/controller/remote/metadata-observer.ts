/**
 * Follows the metadata log of a KRaft quorum as an observer (KIP-595): finds the leader, fetches records and snapshots,
 * and says how far they are committed. It asks for one thing at a time, for ever: at the leader while it answers, at any
 * controller in turn while nobody is known to lead or the leader does not answer.
 *
 * A leader that asks for a cut below what is committed contradicts itself, or the disk here belongs to another cluster:
 * that is refused with an error, as in Kafka, and the node goes on with what it has published.
 */
import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { FetchSnapshotRequest, FetchSnapshotResponse } from '../../../protocol/messages/fetch-snapshot.ts'
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Clock } from '../../env/index.ts'
import { Listeners } from '../../env/listeners.ts'
import type { Logger } from '../../env/logger.ts'
import { CommittedMetadata } from './committed-metadata.ts'
import type { ControllerAddresses } from './controller-addresses.ts'
import type { ControllerDialer } from './controller-dialer.ts'
import type { ObservedLog, PartialSnapshot } from './observed-log.ts'
import { initialQuorum, judge, NO_LEADER, type ObservedQuorum, type Verdict } from './observed-quorum.ts'
import { Pause } from './pause.ts'
import {
  type FetchedPartition,
  type FetchedSnapshot,
  fetchAnswer,
  fetchRequest,
  fetchSnapshotAnswer,
  fetchSnapshotRequest,
  type Observer,
  type RaftAnswer,
} from './raft-requests.ts'

interface Options {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: Observer
  readonly addresses: ControllerAddresses
  readonly dialer: ControllerDialer
}

export class MetadataObserver {
  readonly committed: CommittedMetadata
  readonly #options: Options
  readonly #log: ObservedLog
  readonly #pause: Pause
  readonly #listeners = new Listeners()
  #quorum: ObservedQuorum
  #connection: { readonly address: Address; readonly open: BrokerConnection } | null = null
  #snapshot: PartialSnapshot | null = null
  /** The leader did not answer: another controller is asked whether it still leads. */
  #isLeaderSuspect = false
  #nextCandidate = 0
  #running: Promise<void> | null = null
  #isStopped = false
  /** The last reason for which a controller gave nothing; null: the last one gave something. */
  #problem: string | null = null

  private constructor(options: Options, log: ObservedLog, committed: CommittedMetadata, epoch: number) {
    this.#options = options
    this.#log = log
    this.committed = committed
    this.#quorum = initialQuorum(epoch)
    this.#pause = new Pause(options.clock)
  }

  /** Loads what the disk has. Nothing is asked of anybody before `start`. */
  static async open(options: Options, log: ObservedLog): Promise<MetadataObserver> {
    const committed = new CommittedMetadata(log, await log.load(), options.logger)
    return new MetadataObserver(options, log, committed, await log.storedEpoch())
  }

  /** The active controller; null while none is known. */
  get leader(): Address | null {
    return this.#quorum.leader
  }

  get leaderId(): number {
    return this.#quorum.leaderId
  }

  /** Why nothing is heard of the quorum, in a sentence; null while something is. */
  get problem(): string | null {
    return this.#problem
  }

  /** Calls `listener` when there is another leader, or none, until the returned function is called. */
  onLeader(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#connection?.open.close()
    this.#pause.end()
    await this.#running
    await this.#forgetSnapshot()
    await this.committed.stop()
    await this.#log.stop()
  }

  async #run(): Promise<void> {
    const { config } = this.#options
    while (!this.#isStopped) {
      try {
        const verdict = await this.#ask()
        if (verdict === 'use') this.#heard()
        else await this.#pause.take(config.get('controller.quorum.retry.backoff.ms'))
      } catch (error) {
        if (this.#isStopped) return
        await this.#failed(error)
        await this.#pause.take(config.get('controller.quorum.retry.backoff.ms'))
      }
    }
  }

  async #ask(): Promise<Verdict> {
    const { leader } = this.#quorum
    const isLeader = leader !== null && !this.#isLeaderSuspect
    const address = isLeader ? leader : this.#candidate()
    const connection = await this.#connect(address)
    const partial = this.#snapshot
    const verdict =
      partial !== null && isLeader
        ? await this.#fetchSnapshot(connection, partial)
        : await this.#fetch(connection, address)
    this.#isLeaderSuspect = false
    return verdict
  }

  async #fetch(connection: BrokerConnection, address: Address): Promise<Verdict> {
    const { config, observer } = this.#options
    const { epoch } = this.#quorum
    const position = {
      epoch,
      fetchOffset: this.#log.endOffset,
      lastFetchedEpoch: this.#log.lastEpoch,
      highWatermark: this.committed.highWatermark,
    }
    const maxBytes = config.get('controller.quorum.fetch.max.bytes')
    const response = await connection.request(FetchRequest, FetchResponse, (version) =>
      fetchRequest(observer, position, { version, maxBytes }),
    )
    const answer = fetchAnswer(response)
    const verdict = await this.#judge(answer, address)
    if (verdict === 'use') await this.#take(answer.partition)
    return verdict
  }

  async #take(partition: FetchedPartition): Promise<void> {
    const { divergingEpoch, snapshotId, records, highWatermark } = partition
    if (divergingEpoch.epoch >= 0) {
      const offset = this.#log.divergenceFrom({ epoch: divergingEpoch.epoch, offset: Number(divergingEpoch.endOffset) })
      if (offset < this.committed.highWatermark) {
        throw new Error(
          `The controller asks to cut the metadata log to offset ${offset}, below ${this.committed.highWatermark}, which is committed: it is another quorum's, or has lost data.`,
        )
      }
      this.#options.logger.info(`Cuts the metadata log to offset ${offset}: the rest was never committed`)
      return this.#log.cutTo(offset)
    }
    if (snapshotId.endOffset >= 0n) {
      await this.#forgetSnapshot()
      const id = { offset: Number(snapshotId.endOffset), epoch: snapshotId.epoch }
      this.#options.logger.info(`Fetches the metadata snapshot up to offset ${id.offset}`)
      this.#snapshot = await this.#log.beginSnapshot(id)
      return
    }
    if (records !== null && records.length > 0) await this.#log.append(records, this.#quorum.epoch)
    if (highWatermark >= 0n) this.committed.committed(Math.min(Number(highWatermark), this.#log.endOffset))
  }

  async #fetchSnapshot(connection: BrokerConnection, partial: PartialSnapshot): Promise<Verdict> {
    const { config, observer } = this.#options
    const { id, sizeBytes: position } = partial
    const request = { epoch: this.#quorum.epoch, id, position }
    const maxBytes = config.get('controller.quorum.fetch.snapshot.max.bytes')
    const body = fetchSnapshotRequest(observer, request, maxBytes)
    const answer = fetchSnapshotAnswer(await connection.request(FetchSnapshotRequest, FetchSnapshotResponse, body))
    const { errorCode } = answer
    // The leader has newer ones by now: the next Fetch names one.
    if (errorCode === ErrorCode.SNAPSHOT_NOT_FOUND) await this.#forgetSnapshot()
    const verdict = await this.#judge(answer, null)
    if (verdict === 'use') await this.#extend(partial, answer.partition)
    else if (verdict === 'moved') await this.#forgetSnapshot()
    return verdict
  }

  async #extend(partial: PartialSnapshot, { position, size, unalignedRecords }: FetchedSnapshot): Promise<void> {
    if (Number(position) !== partial.sizeBytes) throw new Error('The controller gave another part of the snapshot')
    await this.#log.extendSnapshot(partial, unalignedRecords ?? Buffer.alloc(0))
    if (partial.sizeBytes < Number(size)) return
    this.#snapshot = null
    this.committed.replaced(await this.#log.finishSnapshot(partial))
  }

  async #forgetSnapshot(): Promise<void> {
    const partial = this.#snapshot
    this.#snapshot = null
    if (partial !== null) await this.#log.dropSnapshot(partial)
  }

  /** `address`: of the controller that answered, which is the leader if it gave records. */
  async #judge(answer: RaftAnswer<unknown>, address: Address | null): Promise<Verdict> {
    const before = this.#quorum
    const known = answer.leader ?? this.#addressOf(answer.leaderId)
    const leader = known ?? (answer.errorCode === ErrorCode.NONE ? address : null)
    const { quorum, verdict } = judge(before, { ...answer, leader })
    if (verdict === 'refused') throw new KafkaError(answer.errorCode || ErrorCode.INVALID_REQUEST)
    const isNew = quorum.epoch !== before.epoch || quorum.leaderId !== before.leaderId
    if (isNew) await this.#log.writeState(quorum.epoch, quorum.leaderId, this.#voters())
    this.#quorum = quorum
    if (isNew && quorum.leaderId !== NO_LEADER) {
      this.#options.logger.info(`Controller ${quorum.leaderId} leads the quorum in epoch ${quorum.epoch}`)
    }
    if (isNew || quorum.leader !== before.leader) this.#listeners.tell()
    return verdict
  }

  #addressOf(leaderId: number): Address | null {
    const configured = this.#options.addresses.voters.get(leaderId)
    if (configured !== undefined) return configured
    const name = this.#options.dialer.listenerName
    const voter = this.committed.publisher.image.quorum.voters?.voters.find(({ voterId }) => voterId === leaderId)
    const endpoint = voter?.endpoints.find((each) => each.name === name)
    return endpoint === undefined ? null : { host: endpoint.host, port: endpoint.port }
  }

  #voters(): { ids: number[]; kraftVersion: number } {
    const ids = [...this.#options.addresses.voters.keys()]
    // Where the configuration names no voters the log does, even before it has been read.
    return { ids, kraftVersion: ids.length === 0 ? 1 : this.committed.publisher.image.quorum.kraftVersion }
  }

  #candidate(): Address {
    const { bootstrap } = this.#options.addresses
    return bootstrap[this.#nextCandidate++ % bootstrap.length]!
  }

  async #connect(address: Address): Promise<BrokerConnection> {
    const known = this.#connection
    const isSame = known?.address.host === address.host && known.address.port === address.port
    if (known !== null && isSame && known.open.isOpen) return known.open
    known?.open.close()
    this.#connection = null
    const open = await this.#options.dialer.dial(address, {
      purpose: 'raft',
      requestTimeoutMs: this.#options.config.get('controller.quorum.request.timeout.ms'),
    })
    this.#connection = { address, open }
    if (this.#isStopped) open.close()
    return open
  }

  #heard(): void {
    if (this.#problem !== null) this.#options.logger.info('The quorum of controllers answers again')
    this.#problem = null
  }

  async #failed(error: unknown): Promise<void> {
    this.#isLeaderSuspect = true
    this.#connection?.open.close()
    this.#connection = null
    await this.#forgetSnapshot()
    const problem = describe(error)
    // A cluster that is away for an hour is one line, not a line for each try.
    if (this.#problem !== problem) this.#options.logger.warn(`The metadata cannot be fetched: ${problem}`)
    this.#problem = problem
  }
}

function describe(error: unknown): string {
  if (error instanceof KafkaError) {
    if (error.code === ErrorCode.INCONSISTENT_CLUSTER_ID) {
      return 'the controllers belong to another cluster than the data directories of this broker (INCONSISTENT_CLUSTER_ID)'
    }
    return `the controller answered ${errorName(error.code)}`
  }
  if (error instanceof ClientError) return error.message
  return (error as Error).message
}
