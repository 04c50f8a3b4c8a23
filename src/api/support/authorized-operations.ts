/** The operations that a client may do, as answers tell them (KIP-430). */
import { CLUSTER_NAME } from '../../../protocol/acl.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import type { TopicAnswer } from './topics/topic-description.ts'

/** The value of the field in an answer to a client that has not asked for it. */
export const NOT_ASKED = -(2 ** 31)

/** The operations on the cluster, which are told to clients that may describe it. */
export function clusterOperations({ permissions }: RequestContext, isAsked: boolean): number {
  if (!isAsked) return NOT_ASKED
  return permissions.allows('DESCRIBE', 'CLUSTER', CLUSTER_NAME) ? permissions.operations('CLUSTER', CLUSTER_NAME) : 0
}

/** Adds the operations on a topic, unless the topic itself is withheld. */
export function withTopicOperations({ permissions }: RequestContext, topic: TopicAnswer): TopicAnswer {
  const { name, errorCode } = topic
  if (name === null || name === undefined || errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) return topic
  return { ...topic, topicAuthorizedOperations: permissions.operations('TOPIC', name) }
}
