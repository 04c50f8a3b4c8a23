import { ZERO_UUID } from '../../../../protocol/schema.ts'

/** The topics that a request is about, as far as it says their names. */
export const topicNames = ({ topics }: { readonly topics: readonly { readonly name: string }[] }): string[] =>
  topics.map(({ name }) => name)

interface NamedOrIdentified {
  readonly name: string | null
  readonly topicId: string
}

/** Names of topics that a request names in the one way or the other (KIP-516); null stands for all topics. */
export function namesGiven(topics: readonly NamedOrIdentified[] | null): string[] {
  return (topics ?? []).flatMap(({ name, topicId }) => (name === null || topicId !== ZERO_UUID ? [] : name))
}

export function idsGiven(topics: readonly NamedOrIdentified[] | null): string[] {
  return (topics ?? []).flatMap(({ topicId }) => (topicId === ZERO_UUID ? [] : topicId))
}
