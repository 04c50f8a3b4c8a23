import { last } from '../../../protocol/collections/elements.ts'
import type { Clock } from '../../env/index.ts'
import { MetadataDelta } from '../../metadata/image/metadata-delta.ts'
import type { MetadataChange, MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'

/** A command that has run and waits until what it wrote is durable and applied. */
export interface PendingCommit {
  readonly batches: readonly Buffer[]
  readonly records: readonly MetadataRecord[]
  readonly change: MetadataChange
  readonly done: (error: unknown) => void
}

interface Options {
  readonly clock: Clock
  readonly append: (batches: readonly Buffer[]) => Promise<void>
  /** The newest published image. */
  readonly published: () => MetadataImage
  readonly publish: (change: MetadataChange) => Promise<void>
  /** After a failed append: makes the log, and what the next command sees, what was published last. */
  readonly revert: () => Promise<void>
}

/**
 * Group commit: commands that come while others are being written wait together for the next write, so that a thousand
 * of them at once cost a few fsyncs and no command waits for more than two.
 */
export class CommitQueue {
  readonly #options: Options
  #queue: PendingCommit[] = []
  #running: Promise<void> | null = null
  #failure: unknown = null

  constructor(options: Options) {
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#running === null
  }

  push(commit: PendingCommit): void {
    if (this.#failure !== null) return commit.done(this.#failure)
    this.#queue.push(commit)
    this.#running ??= this.#run()
  }

  /** Resolves when everything that was pushed is answered. */
  async drained(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  async #run(): Promise<void> {
    // Commands that come in the same turn of the loop belong together.
    await new Promise<void>((resolve) => this.#options.clock.defer(resolve))
    while (this.#queue.length > 0) {
      const commits = this.#queue
      this.#queue = []
      try {
        await this.#commit(commits)
      } catch (error) {
        await this.#fail(commits, error)
        continue
      }
      for (const commit of commits) commit.done(null)
    }
    // At once: a command that is pushed before anybody can look must not wait for a run that has ended.
    this.#running = null
  }

  async #commit(commits: readonly PendingCommit[]): Promise<void> {
    const batches = commits.flatMap((commit) => commit.batches)
    if (batches.length === 0) return
    await this.#options.append(batches)
    await this.#options.publish(merged(this.#options.published(), commits))
  }

  /**
   * The log could not be written. On a full disk it is cut back and goes on when there is room again; where even that
   * fails, what the log holds is known only after a new start, and every command is refused until then.
   */
  async #fail(commits: readonly PendingCommit[], error: unknown): Promise<void> {
    this.#failure = error
    for (const commit of [...commits, ...this.#queue.splice(0)]) commit.done(error)
    try {
      await this.#options.revert()
      this.#failure = null
    } catch {}
  }
}

/** One change for all of them: what one made and the next unmade was never there. */
function merged(before: MetadataImage, commits: readonly PendingCommit[]): MetadataChange {
  const { change } = last(commits)
  const { after } = change
  if (change.before === before) return change
  const delta = new MetadataDelta(before)
  for (const { records } of commits) for (const record of records) delta.replay(record)
  return { ...delta.apply(after.provenance), after }
}
