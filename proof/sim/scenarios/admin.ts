import { ErrorCode } from '../../../protocol/errors.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../../protocol/messages/delete-topics.ts'
import { MetadataRequest, MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { Environment } from '../../../src/env/index.ts'
import { passes, SimClient, sleep, unexpected, untilAnswered } from '../client.ts'
import type { History } from './history.ts'

const VERSION = { createTopics: 7, deleteTopics: 5, metadata: 12 } as const

export interface AdminOptions {
  name: string
  address: { host: string; port: number }
  history: History
  goesOn: () => boolean
}

/** Creates topics, and deletes some of them again; what was acknowledged must be so ever after. */
export async function administer(environment: Environment, options: AdminOptions): Promise<void> {
  const client = new SimClient(environment, options.name, options.address)
  const { history } = options
  const mine: string[] = []
  for (let number = 0; options.goesOn(); number++) {
    const name = `${options.name}-${number}`
    history.createTopic(name, await createTopic(client, name, 1 + environment.random.integer(2)))
    mine.push(name)
    if (environment.random.integer(3) === 0) {
      const [deleted] = mine.splice(environment.random.integer(mine.length), 1)
      const acknowledged = history.deleteTopic(deleted)
      await deleteTopic(client, deleted)
      acknowledged()
    }
    await sleep(environment, environment.random.integer(4000))
  }
  client.close()
}

/** The id of the topic. */
export async function createTopic(
  client: SimClient,
  name: string,
  numPartitions: number,
  configs: { name: string; value: string }[] = [],
): Promise<string> {
  return untilAnswered(client.environment, async () => {
    const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs }]
    const body = { topics, timeoutMs: 2000 }
    const response = await client.request(CreateTopicsRequest, CreateTopicsResponse, VERSION.createTopics, body)
    const [{ errorCode, topicId }] = response.topics
    if (errorCode === ErrorCode.NONE) return topicId
    // An earlier attempt was carried out, though its answer was lost.
    if (errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return (await topicIds(client)).get(name)
    if (!passes(errorCode)) throw unexpected(`CreateTopics of ${name}`, errorCode)
    return undefined
  })
}

async function deleteTopic(client: SimClient, name: string): Promise<void> {
  await untilAnswered(client.environment, async () => {
    const body = { topicNames: [name], timeoutMs: 2000 }
    const response = await client.request(DeleteTopicsRequest, DeleteTopicsResponse, VERSION.deleteTopics, body)
    const [{ errorCode }] = response.responses
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return true
    if (!passes(errorCode)) throw unexpected(`DeleteTopics of ${name}`, errorCode)
    return undefined
  })
}

/** The ids of all topics, by name. */
export async function topicIds(client: SimClient): Promise<Map<string, string>> {
  const body = { topics: null, allowAutoTopicCreation: false }
  const response = await client.request(MetadataRequest, MetadataResponse, VERSION.metadata, body)
  return new Map(response.topics.map(({ name, topicId }) => [name ?? '', topicId]))
}
