import { CLUSTER_NAME } from '../../../../protocol/acl.ts'
import { ErrorCode, errorMessage } from '../../../../protocol/errors.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../../../protocol/messages/delete-topics.ts'
import { type Encodable, ZERO_UUID } from '../../../../protocol/schema.ts'
import { QUIETLY } from '../../../dispatch/access.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'

type Result = NonNullable<Encodable<typeof DeleteTopicsResponse>['responses']>[number]

/**
 * The topics of a request that the client may delete, and the answers to the rest. A client that may not describe a topic is told
 * neither that it exists nor, where it gave the id, its name. A topic that does not exist, or is named twice, is
 * the controller's to refuse.
 */
export function deletableTopics(
  { permissions }: RequestContext,
  { topics }: MetadataImage,
  request: DeleteTopicsRequest,
): { permitted: DeleteTopicsRequest; refused: Result[] } {
  if (permissions.allows('DELETE', 'CLUSTER', CLUSTER_NAME, QUIETLY)) return { permitted: request, refused: [] }
  const refused: Result[] = []
  const isPermitted = (name: string | null, topicId: string): boolean => {
    const topic = name === null ? topics.getById(topicId)?.name : name
    if (topic === undefined || (name !== null && topicId !== ZERO_UUID)) return true
    const isKnown = permissions.allows('DESCRIBE', 'TOPIC', topic)
    const exists = topics.get(topic) !== undefined
    if (isKnown && (!exists || permissions.allows('DELETE', 'TOPIC', topic))) return true
    const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED
    const shown = isKnown ? topic : name
    refused.push({ name: shown, topicId, errorCode, errorMessage: errorMessage(errorCode) })
    return false
  }
  const permitted = {
    ...request,
    topicNames: request.topicNames.filter((name) => isPermitted(name, ZERO_UUID)),
    topics: request.topics.filter(({ name, topicId }) => isPermitted(name, topicId)),
  }
  return { permitted, refused }
}
