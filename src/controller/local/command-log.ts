/**
 * Runs commands, one after another, on the image of everything written so far. Their records are appended, made durable
 * and published, and then they are answered, in the order of the commands.
 *
 * Invariants: `head` is the image of the log and of all that waits to be appended to it; the published image is what is
 * durable. After a failed append both are the published image again, and the log is cut to its end.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Clock } from '../../env/index.ts'
import { MetadataDelta } from '../../metadata/image/metadata-delta.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { QuorumImage, Voter } from '../../metadata/image/quorum-image.ts'
import type { MetadataPublisher } from '../../metadata/metadata-publisher.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import {
  type CommandResult,
  type CommandState,
  MAX_RECORDS_PER_COMMAND,
  type QuorumObserver,
} from '../commands/command.ts'
import { type ControlRecord, controlBatch, dataBatch } from '../metadata-log/metadata-batch.ts'
import { electionRecord, quorumRecords, quorumToWrite } from '../metadata-log/quorum-records.ts'
import { CommitQueue } from './commit-queue.ts'
import type { MetadataLog } from './metadata-log.ts'

/** Batches never come near the 8 MiB to which Kafka bounds them. */
const RECORDS_PER_BATCH = MAX_RECORDS_PER_COMMAND

interface Options {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly log: MetadataLog
  readonly publisher: MetadataPublisher
  /** This node. */
  readonly voter: Voter
}

export class CommandLog {
  readonly #options: Options
  readonly #commits: CommitQueue
  /** Nodes that read the log; replaced by whoever serves them. */
  observers: () => readonly QuorumObserver[] = () => []
  #head: MetadataImage
  #nextOffset: number
  /** Where the log ends as far as it was published. */
  #publishedEndOffset: number

  constructor(options: Options) {
    const { clock, log, publisher } = options
    this.#options = options
    this.#head = publisher.image
    this.#nextOffset = log.endOffset
    this.#publishedEndOffset = log.endOffset
    this.#commits = new CommitQueue({
      clock,
      append: (batches) => log.append(batches),
      published: () => publisher.image,
      publish: async (change) => {
        this.#publishedEndOffset = change.after.provenance.lastContainedOffset + 1
        await publisher.publish(change)
        log.maybeSnapshot(change.after)
      },
      revert: () => this.#revert(),
    })
  }

  /** The epoch opens with who leads in it, and goes on with what the log lacks. */
  takeTheLead(records: readonly MetadataRecord[]): Promise<void> {
    const { log, voter } = this.#options
    const quorum = quorumToWrite(this.#head.quorum, voter, log.holdsVoters)
    const election = electionRecord(voter.voterId)
    return this.#write(records, quorum ?? this.#head.quorum, [
      election,
      ...(quorum === null ? [] : quorumRecords(quorum)),
    ])
  }

  /** Resolves to the command's response when its records are durable and every subscriber has applied them. */
  async run<Response>(command: (state: CommandState) => CommandResult<Response>): Promise<Response> {
    const { records, response, quorum } = command(this.#state())
    if (quorum !== undefined) await this.#write(records, quorum, quorumRecords(quorum))
    // Without records the answer may still rest on what others have written and what is not durable yet.
    else if (records.length > 0 || !this.#commits.isIdle) await this.#write(records)
    return response
  }

  /** Resolves when every command is answered. */
  drained(): Promise<void> {
    return this.#commits.drained()
  }

  #state(): CommandState {
    const { config, clock, log, voter } = this.#options
    return {
      image: this.#head,
      nextOffset: this.#nextOffset,
      nodeId: voter.voterId,
      voter,
      config,
      epoch: log.epoch,
      endOffset: this.#publishedEndOffset,
      nowMs: clock.nowMs(),
      observers: this.observers(),
    }
  }

  /** `control`: records of the quorum, ahead of the others in a batch of their own; `quorum` is what they make of it. */
  #write(
    records: readonly MetadataRecord[],
    quorum: QuorumImage = this.#head.quorum,
    control: readonly ControlRecord[] = [],
  ): Promise<void> {
    const { clock, log } = this.#options
    const timestampMs = clock.nowMs()
    const { epoch } = log
    const batches: Buffer[] = []
    if (control.length > 0) batches.push(controlBatch({ baseOffset: this.#nextOffset, epoch, timestampMs }, control))
    this.#nextOffset += control.length
    const delta = new MetadataDelta(this.#head)
    delta.replaceQuorum(quorum)
    for (const record of records) delta.replay(record)
    for (let from = 0; from < records.length; from += RECORDS_PER_BATCH) {
      const position = { baseOffset: this.#nextOffset + from, epoch, timestampMs }
      batches.push(dataBatch(position, records.slice(from, from + RECORDS_PER_BATCH)))
    }
    this.#nextOffset += records.length
    const change = delta.apply({
      lastContainedOffset: this.#nextOffset - 1,
      lastContainedEpoch: epoch,
      lastContainedLogTimeMs: timestampMs,
    })
    this.#head = change.after
    return new Promise((resolve, reject) => {
      const done = (error: unknown): void => (error === null ? resolve() : reject(storageError(error)))
      this.#commits.push({ batches, records, change, done })
    })
  }

  /** A part of a failed append may be in the log: nobody was told of it, and it goes. */
  async #revert(): Promise<void> {
    const { log, publisher } = this.#options
    await log.cutTo(this.#publishedEndOffset)
    this.#head = publisher.image
    this.#nextOffset = this.#publishedEndOffset
  }
}

function storageError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, undefined, { cause: error })
}
