/**
 * Metadata (key 3): brokers, and the leaders and replicas of topics. A missing topic is created meanwhile, if the
 * client and the broker agree to it, and unknown in this answer.
 *
 * v0   an empty list of topics asks for all
 * v1   null asks for all, an empty list for none; rack, metadata id, internal topics
 * v2   cluster id (KIP-78)
 * v4   whether a missing topic may be created
 * v5   offline replicas (KIP-112)
 * v6   LISTENER_NOT_FOUND where it was LEADER_NOT_AVAILABLE
 * v7   leader epochs (KIP-320)
 * v8   authorized operations (KIP-430); those of the cluster until v10
 * v9   flexible
 * v10  topic ids in the response (KIP-516)
 * v12  topics by id
 * v13  an error of the whole response (KIP-1102)
 */
import { CLUSTER_NAME } from '../../protocol/acl.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import type { BrokerConfig } from '../config/index.ts'
import { QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler, ConnectionContext, RequestContext } from '../dispatch/handler.ts'
import { aliveBrokers } from '../metadata/image/cluster-image.ts'
import { NO_LEADER } from '../metadata/image/topics-image.ts'
import { isInternalTopic } from '../metadata/internal-topics.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import type { AdvertisedEndpoints } from './support/advertised-endpoint.ts'
import { clusterOperations, withTopicOperations } from './support/authorized-operations.ts'
import { byPermission } from './support/permitted.ts'
import { idsGiven, namesGiven } from './support/topics/named-topics.ts'
import type { TopicAutoCreation } from './support/topics/topic-auto-creation.ts'
import { type TopicAnswer, topicDescriber } from './support/topics/topic-description.ts'

const FIRST_VERSION_BY_ID = 12

export interface MetadataServices {
  metadata: PublishedMetadata
  config: BrokerConfig
  clusterId: string
  endpoints: AdvertisedEndpoints
  autoCreation: TopicAutoCreation
}

export function metadataHandler(
  services: MetadataServices,
): ApiHandler<typeof MetadataRequest, typeof MetadataResponse> {
  return {
    apiKey: 3,
    name: 'Metadata',
    request: MetadataRequest,
    response: MetadataResponse,
    minVersion: 0,
    maxVersion: 13,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: ({ topics }) => requestedNames(topics),
          topicIds: ({ topics }) => idsGiven(topics),
          refused: 'item',
        },
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'hidden' },
        // The need is one for topics that do not exist and that the question would create.
        {
          operation: 'CREATE',
          resource: 'TOPIC',
          names: ({ topics, allowAutoTopicCreation }) => (allowAutoTopicCreation ? requestedNames(topics) : []),
          unless: [{ operation: 'CREATE', resource: 'CLUSTER' }],
          refused: 'item',
        },
        {
          operation: 'DESCRIBE',
          resource: 'CLUSTER',
          when: ({ includeClusterAuthorizedOperations }) => includeClusterAuthorizedOperations,
          refused: 'detail',
        },
      ],
      tellsOperationsOf: ['CLUSTER', 'TOPIC'],
    },

    async handle(context, request) {
      checkNames(context.apiVersion, request)
      const isAll = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0)
      const topics = isAll ? allTopics(services, context) : wantedTopics(services, context, request)
      return {
        ...clusterAnswer(services, context.connection),
        topics: request.includeTopicAuthorizedOperations
          ? topics.map((topic) => withTopicOperations(context, topic))
          : topics,
        clusterAuthorizedOperations: clusterOperations(context, request.includeClusterAuthorizedOperations),
      }
    },

    errorResponse(_context, request, errorCode) {
      const topics = (request.topics ?? []).map(({ name, topicId }) => ({ errorCode, name: name ?? '', topicId }))
      return { topics, errorCode }
    },
  }
}

/** A request that gives any id is read by ids alone. */
const requestedNames = (topics: MetadataRequest['topics']): string[] =>
  idsGiven(topics).length > 0 ? [] : namesGiven(topics)

function checkNames(apiVersion: number, { topics }: MetadataRequest): void {
  if (apiVersion >= FIRST_VERSION_BY_ID) return checkNamed(topics ?? [])
  for (const { name, topicId } of topics ?? []) {
    if (name === null) {
      throw new KafkaError(ErrorCode.INVALID_REQUEST, `Topic name can not be null for version ${apiVersion}`)
    }
    if (topicId !== ZERO_UUID) {
      const message = `Topic IDs are not supported in requests for version ${apiVersion}`
      throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
    }
  }
}

/** A topic without id and name makes Kafka's handler fail, unless others are asked for by id: names are then not read. */
function checkNamed(topics: NonNullable<MetadataRequest['topics']>): void {
  const isByName = topics.every(({ topicId }) => topicId === ZERO_UUID)
  if (isByName && topics.some(({ name }) => name === null)) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
}

function clusterAnswer({ metadata, clusterId, endpoints }: MetadataServices, connection: ConnectionContext) {
  const brokers = aliveBrokers(metadata.image.cluster).flatMap((broker) => {
    const endpoint = endpoints(connection, broker)
    if (endpoint === null) return []
    return [{ nodeId: broker.brokerId, host: endpoint.host, port: endpoint.port, rack: broker.rack }]
  })
  // Clients send admin requests there; any broker passes them on.
  return { brokers, clusterId, controllerId: brokers[0]?.nodeId ?? NO_LEADER }
}

function allTopics({ metadata }: MetadataServices, context: RequestContext): TopicAnswer[] {
  const describe = topicDescriber(metadata.image, context)
  const answers: TopicAnswer[] = []
  for (const topic of metadata.image.topics) {
    if (context.permissions.allows('DESCRIBE', 'TOPIC', topic.name, QUIETLY)) answers.push(describe(topic))
  }
  return answers
}

/** The topics are looked up by id if any of them has one, else by name, as Kafka reads a request that mixes them. */
function wantedTopics(services: MetadataServices, context: RequestContext, request: MetadataRequest): TopicAnswer[] {
  const { image } = services.metadata
  const describe = topicDescriber(image, context)
  const wanted = request.topics ?? []
  const ids = new Set(idsGiven(wanted))
  if (ids.size > 0) {
    return [...ids].map((topicId) => {
      const topic = image.topics.getById(topicId)
      if (topic === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId }
      if (context.permissions.allows('DESCRIBE', 'TOPIC', topic.name)) return describe(topic)
      return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name: null, topicId }
    })
  }
  const named = [...new Set(requestedNames(wanted))]
  const { allowed: names, refused } = byPermission(context, 'DESCRIBE', 'TOPIC', named, (name) => name)
  const missing = names.filter((name) => image.topics.get(name) === undefined)
  const isCreating = request.allowAutoTopicCreation && services.config.get('auto.create.topics.enable')
  const uncreatable = isCreating ? create(services, context, missing) : new Set<string>()
  const answers = names.map((name): TopicAnswer => {
    const topic = image.topics.get(name)
    if (topic !== undefined) return describe(topic)
    if (uncreatable.has(name)) return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name }
    return { errorCode: services.autoCreation.whyMissing(name), name, isInternal: isInternalTopic(name) }
  })
  return [...answers, ...refused.map((name) => ({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name }))]
}

/** Begins to create the topics that the client may create, and answers which it may not. */
function create({ autoCreation }: MetadataServices, context: RequestContext, missing: string[]): ReadonlySet<string> {
  if (missing.length === 0 || context.permissions.allows('CREATE', 'CLUSTER', CLUSTER_NAME, QUIETLY)) {
    autoCreation.create(context, missing)
    return new Set()
  }
  const { allowed, refused } = byPermission(context, 'CREATE', 'TOPIC', missing, (name) => name)
  autoCreation.create(context, allowed)
  return new Set(refused)
}
