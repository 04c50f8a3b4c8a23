/** Which requests a rule is for. */

import type { ApiName, RequestOf } from '../../../protocol/api-types.ts'
import { type Api, apisByKey, apisByName } from '../../../protocol/registry.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import { check, checkFields, FUNCTION, hintAt, TEXT, type WantedFields, wholeFrom } from '../misuse.ts'
import { RequestItems } from './request-items.ts'

export interface Match<Api extends ApiName = ApiName> {
  /** The name of a topic. An error is then for this topic alone, and the rest of the request goes on. */
  readonly topic?: string
  /** With `topic`: one of its partitions. */
  readonly partition?: number
  readonly clientId?: string
  /** The group that the request names. */
  readonly groupId?: string
  readonly transactionalId?: string
  /** The user that the client has logged in as, without `User:`. */
  readonly user?: string
  /** Any other condition. */
  readonly when?: (request: RequestOf<Api>, context: RequestInfo) => boolean
}

/** The surroundings of a request. */
export interface RequestInfo {
  readonly api: ApiName
  readonly version: number
  readonly clientId: string | null
  readonly correlationId: number
  /** Kafka's id of the connection. */
  readonly connection: string
  readonly user: string
}

const CRITERIA: WantedFields = {
  topic: TEXT,
  partition: wholeFrom(0),
  clientId: TEXT,
  groupId: TEXT,
  transactionalId: TEXT,
  user: TEXT,
  when: FUNCTION,
}

/** The API of this name. Throws where Kafka has none. */
export function apiNamed(name: string): Api {
  check('The name of an API', name, TEXT)
  const api = apisByName.get(name)
  if (api === undefined) throw new TypeError(`Kafka has no API ${name}${hintAt(name, apisByName.keys())}`)
  return api
}

/** Throws where the criteria mean nothing for one of the APIs: such a rule could never match. */
export function checkMatch(api: ApiName, match: Match): void {
  checkFields('A match', match, CRITERIA)
  const { topic, partition } = match
  if (topic === undefined && partition === undefined) return
  const items = RequestItems.of(api)
  if (topic === undefined) throw new TypeError('A rule for a partition has to name its topic.')
  if (items === null) throw new TypeError(`Requests of ${api} name no topics: match them by \`when\`.`)
  if (partition !== undefined && !items.hasPartitions) {
    throw new TypeError(`Requests of ${api} name no partitions: leave \`partition\` out.`)
  }
}

/** Whether the criteria beside topic and partition hold. */
export function holds(match: Match, request: Readonly<Record<string, unknown>>, context: RequestContext): boolean {
  const { clientId, groupId, transactionalId, user, when } = match
  if (clientId !== undefined && context.clientId !== clientId) return false
  if (user !== undefined && context.connection.peer.principal.name !== user) return false
  if (groupId !== undefined && !names(request, 'groupId', groupId)) return false
  if (transactionalId !== undefined && !names(request, 'transactionalId', transactionalId)) return false
  return when === undefined || when(request as never, infoOf(context))
}

/** The fields in which requests name groups and transactional ids. */
const FIELDS = {
  groupId: ['groupId', 'groupIds', 'groups', 'groupsNames', 'key', 'coordinatorKeys'],
  transactionalId: [
    ...['transactionalId', 'v3AndBelowTransactionalId', 'transactionalIds', 'transactions', 'key', 'coordinatorKeys'],
  ],
}

/** Whether a request names this group or this transactional id: in a field of its own, or in a list. */
export function names(
  request: Readonly<Record<string, unknown>>,
  criterion: 'groupId' | 'transactionalId',
  name: string,
): boolean {
  return FIELDS[criterion].some((field) => {
    const value = request[field]
    if (!Array.isArray(value)) return value === name
    return value.some((each) => each === name || each?.groupId === name || each?.transactionalId === name)
  })
}

export function infoOf(context: RequestContext): RequestInfo {
  return {
    // The names of the table are those of which the type is made.
    api: unchecked<ApiName>(apisByKey.get(context.apiKey)?.name),
    version: context.apiVersion,
    clientId: context.clientId,
    correlationId: context.correlationId,
    connection: context.connection.id,
    user: context.connection.peer.principal.name,
  }
}
