import type { ConfigMap, ConfigResource } from '../../metadata/image/configurations-image.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { TopicImage } from '../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { METADATA_VERSION } from '../../metadata/metadata-version.ts'
import { partitionRecord } from '../../metadata/snapshot-records.ts'
import { type Chance, type CommandResult, type CommandState, chanceOf } from './command.ts'

export interface Restoration {
  /** Topics, configurations, quotas, ACLs, users and tokens are to be as here. */
  readonly image: MetadataImage
  /** Names of topics that are as they were: they keep their ids. */
  readonly untouched: ReadonlySet<string>
  /** One for each topic of the image. */
  readonly chances: readonly Chance[]
}

/**
 * Takes everything that clients can change back to what an earlier image has. Topics of that image are there and empty:
 * they are deleted and made anew, with new ids, as nobody can take records out of a topic. Brokers, producer ids and
 * `metadata.version` only ever go forward, and stay.
 */
export function restoreImage({ image }: CommandState, restoration: Restoration): CommandResult<void> {
  const records = [
    ...features(image, restoration.image),
    ...topics(image, restoration),
    ...configs(image, restoration),
    ...quotas(image, restoration.image),
    ...accessControl(image, restoration.image),
    ...secrets(image, restoration.image),
  ]
  return { records, response: undefined }
}

function* features(now: MetadataImage, then: MetadataImage): Iterable<MetadataRecord> {
  const names = new Set([...now.features, ...then.features].map(([name]) => name))
  for (const name of names) {
    const featureLevel = then.features.get(name) ?? 0
    if (name === METADATA_VERSION || (now.features.get(name) ?? 0) === featureLevel) continue
    yield { type: 'FeatureLevelRecord', version: 0, value: { name, featureLevel } }
  }
}

function* topics(now: MetadataImage, { image, untouched, chances }: Restoration): Iterable<MetadataRecord> {
  for (const { name, id } of now.topics) {
    if (!untouched.has(name)) yield { type: 'RemoveTopicRecord', version: 0, value: { topicId: id } }
  }
  for (const [index, topic] of [...image.topics].entries()) {
    if (untouched.has(topic.name)) continue
    const made: TopicImage = { ...topic, id: chanceOf(chances, index).uuid }
    yield { type: 'TopicRecord', version: 0, value: { name: made.name, topicId: made.id } }
    yield* made.partitions.map((partition, partitionId) => partitionRecord(now, made, partitionId, partition))
  }
}

function* configs(now: MetadataImage, { image, untouched }: Restoration): Iterable<MetadataRecord> {
  const record = ({ type, name: resourceName }: ConfigResource, name: string, value: string | null): MetadataRecord => {
    return { type: 'ConfigRecord', version: 0, value: { resourceType: type, resourceName, name, value } }
  }
  // The configurations of a topic go with the topic.
  const isGone = ({ type, name }: ConfigResource) => type === ConfigResourceType.TOPIC && !untouched.has(name)
  const nothing: ConfigMap = new Map()
  for (const [resource, values] of now.configs) {
    const then = image.configs.get(resource)
    if (isGone(resource)) continue
    for (const name of values.keys()) if (!then.has(name)) yield record(resource, name, null)
  }
  for (const [resource, values] of image.configs) {
    const before = isGone(resource) ? nothing : now.configs.get(resource)
    for (const [name, value] of values) if (before.get(name) !== value) yield record(resource, name, value)
  }
}

function* quotas(now: MetadataImage, then: MetadataImage): Iterable<MetadataRecord> {
  for (const [key, { entity, quotas }] of now.clientQuotas) {
    const kept = then.clientQuotas.get(key)?.quotas
    for (const name of quotas.keys()) {
      if (kept?.has(name)) continue
      yield { type: 'ClientQuotaRecord', version: 0, value: { entity, key: name, value: 0, remove: true } }
    }
  }
  for (const [key, { entity, quotas }] of then.clientQuotas) {
    const before = now.clientQuotas.get(key)?.quotas
    for (const [name, value] of quotas) {
      if (before?.get(name) === value) continue
      yield { type: 'ClientQuotaRecord', version: 0, value: { entity, key: name, value, remove: false } }
    }
  }
}

function* accessControl(now: MetadataImage, then: MetadataImage): Iterable<MetadataRecord> {
  for (const [id] of now.acls) {
    if (!then.acls.has(id)) yield { type: 'RemoveAccessControlEntryRecord', version: 0, value: { id } }
  }
  for (const [id, value] of then.acls) {
    if (!now.acls.has(id)) yield { type: 'AccessControlEntryRecord', version: 0, value }
  }
}

function* secrets(now: MetadataImage, then: MetadataImage): Iterable<MetadataRecord> {
  for (const [key, { name, mechanism }] of now.scram) {
    if (then.scram.has(key)) continue
    yield { type: 'RemoveUserScramCredentialRecord', version: 0, value: { name, mechanism } }
  }
  for (const [key, value] of then.scram) {
    if (now.scram.get(key) !== value) yield { type: 'UserScramCredentialRecord', version: 0, value }
  }
  for (const [tokenId] of now.delegationTokens) {
    if (!then.delegationTokens.has(tokenId)) {
      yield { type: 'RemoveDelegationTokenRecord', version: 0, value: { tokenId } }
    }
  }
  for (const [tokenId, value] of then.delegationTokens) {
    if (now.delegationTokens.get(tokenId) !== value) yield { type: 'DelegationTokenRecord', version: 0, value }
  }
}
