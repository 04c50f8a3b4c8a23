/** Headers by which registries speak of a request that one of them has forwarded to another. */

/** The request came by another registry, and is not forwarded again; Confluent's registry marks it so too. */
export const FORWARDED_HEADER = 'x-forward'
/** In the answer to a change: the end of the log behind it. */
export const END_HEADER = 'x-samsa-schemas-end'

/** A request whose body may be read here and again by whoever answers. */
export interface RequestToForward {
  readonly method: string
  readonly url: string
  header(name: string): string | undefined
  text(): Promise<string>
}
