/**
 * Messages as anybody may see them: without what lets a reader of a trace act as somebody else. The broker's own schemas say
 * nothing of secrecy, so that the places stand here; a test holds the list to every field of bytes that Kafka's APIs have.
 */

import { CLUSTER_METADATA_TOPIC } from '../../protocol/cluster-metadata-topic.ts'
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { isSecretConfig } from '../config/index.ts'
import { METADATA_TOPIC_ID } from '../log/files/file-names.ts'
import { ConfigResourceType } from '../metadata/image/configurations-image.ts'

/** Stands for text. */
export const HIDDEN = '(hidden)'
/** Stands for bytes: this very object, by which those who write it as text know it. */
export const HIDDEN_BYTES = Buffer.from(HIDDEN)

type Fields = Readonly<Record<string, unknown>>
/** Changes the fields of one structure, in a copy. */
type Cover = (fields: Fields) => Fields

const hidden = (value: unknown): unknown =>
  value instanceof Uint8Array ? HIDDEN_BYTES : typeof value === 'string' ? HIDDEN : value

const cover =
  (...names: readonly string[]): Cover =>
  (fields) => ({
    ...fields,
    ...Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, hidden(fields[name])])),
  })

/** The structures in a list, each covered. */
const within =
  (list: string, each: Cover): Cover =>
  (fields) => {
    const elements = fields[list]
    return Array.isArray(elements) ? { ...fields, [list]: elements.map(each) } : fields
  }

/** Keys of topics, groups and metrics are no secrets; those of brokers may be, and always where nobody knows them. */
const configs: Cover = within('resources', (resource) => {
  if (resource.resourceType === ConfigResourceType.BROKER_LOGGER) return resource
  const isOfBroker = resource.resourceType === ConfigResourceType.BROKER
  return within('configs', (config) =>
    isOfBroker && isSecretConfig(String(config.name)) ? cover('value')(config) : config,
  )(resource)
})

/** The metadata log has the keys of all users; other records are what a test asks for. */
const metadataRecords: Cover = within('responses', (topic) =>
  topic.topic === CLUSTER_METADATA_TOPIC || topic.topicId === METADATA_TOPIC_ID
    ? within('partitions', cover('records'))(topic)
    : topic,
)

const REQUESTS: Readonly<Record<string, Cover>> = {
  SaslAuthenticate: cover('authBytes'),
  AlterConfigs: configs,
  IncrementalAlterConfigs: configs,
  RenewDelegationToken: cover('hmac'),
  ExpireDelegationToken: cover('hmac'),
  AlterUserScramCredentials: within('upsertions', cover('salt', 'saltedPassword')),
  // A request of anybody's, with all that it carries.
  Envelope: cover('requestData'),
}

const RESPONSES: Readonly<Record<string, Cover>> = {
  Fetch: metadataRecords,
  SaslAuthenticate: cover('authBytes'),
  CreateDelegationToken: cover('hmac'),
  DescribeDelegationToken: within('tokens', cover('hmac')),
  Envelope: cover('responseData'),
  FetchSnapshot: within('topics', within('partitions', cover('unalignedRecords'))),
}

/** The request, or a copy in which its secrets are hidden. */
export const requestWithoutSecrets = <Message extends Encodable<MessageSchema>>(
  api: string,
  request: Message,
): Message => covered(REQUESTS[api], request)

/** The same of a response. */
export const responseWithoutSecrets = <Message extends Encodable<MessageSchema>>(
  api: string,
  response: Message,
): Message => covered(RESPONSES[api], response)

// A cover leaves the shape as it was.
const covered = <Message extends object>(change: Cover | undefined, message: Message): Message =>
  change === undefined ? message : unchecked<Message>(change(message as Fields))
