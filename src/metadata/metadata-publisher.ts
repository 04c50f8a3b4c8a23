/**
 * Publishes the metadata inside a broker: the newest image that all subscribers have applied, and each change of it, one
 * after another, to every subscriber in the order in which they came. Whoever follows a metadata log feeds it: the
 * controller of this process, or an observer of a quorum elsewhere.
 *
 * Invariants: a change begins at the image that was published last; one publication is under way at a time; `image` is
 * never ahead of what a subscriber has seen.
 */
import type { Logger } from '../env/logger.ts'
import type { MetadataChange, MetadataImage, MetadataSubscriber } from './image/metadata-image.ts'

/** The metadata as the rest of the broker reads it. */
export interface PublishedMetadata {
  /** The newest image that is committed and that every subscriber has applied. */
  readonly image: MetadataImage
  /** Returns how to end the subscription. */
  subscribe(subscriber: MetadataSubscriber): () => void
}

export class MetadataPublisher implements PublishedMetadata {
  readonly #logger: Logger
  readonly #subscribers = new Set<MetadataSubscriber>()
  #image: MetadataImage
  #isPublishing = false

  /** `image`: what the log says when the broker starts; nobody has to hear of it as a change. */
  constructor(image: MetadataImage, logger: Logger) {
    this.#image = image
    this.#logger = logger
  }

  get image(): MetadataImage {
    return this.#image
  }

  subscribe(subscriber: MetadataSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** Resolves when every subscriber has applied the change. */
  async publish(change: MetadataChange): Promise<void> {
    if (this.#isPublishing) throw new Error('A change of the metadata was published while another one was under way')
    if (change.before !== this.#image) throw new Error('A change of the metadata does not follow the published image')
    this.#isPublishing = true
    for (const subscriber of this.#subscribers) {
      try {
        await subscriber(change)
      } catch (err) {
        // The change is committed; a part that cannot follow it must not hold up the others.
        this.#logger.error({ err }, 'A change of the metadata could not be applied')
      }
    }
    this.#image = change.after
    this.#isPublishing = false
  }
}
