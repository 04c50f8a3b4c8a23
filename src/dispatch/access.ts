/**
 * The permissions that APIs ask of an authorizer, as data: Kafka's table of APIs, resources and operations, to which a
 * test holds the handlers. No authorizer judges them so far; everybody may do everything.
 *
 * A need tells a judge which resources are meant (named by the request, by id or by name, or known only when the answer
 * is made), which other permission will do, and what becomes of what is refused.
 */
import type { AclOperation, ResourceType } from '../../protocol/acl.ts'

export interface Need<Request> {
  readonly operation: AclOperation
  readonly resource: ResourceType
  /** Names of resources in the request; none: this request does not need it. Absent: the need is not one of names. */
  names?(request: Request, apiVersion: number): Iterable<string>
  /** Ids of topics in the request, whose names the metadata knows (KIP-516). An unknown one is said to be unknown. */
  topicIds?(request: Request, apiVersion: number): Iterable<string>
  /** Whether this request needs it, where the resource is the cluster; absent: every request does. */
  when?(request: Request, apiVersion: number): boolean
  /** The answer will name more resources than the request, and they are judged when they are known. */
  readonly inAnswer?: true
  /** A client that may do one of these need not be asked for this. */
  readonly unless?: readonly Permission[]
  readonly refused: Refusal
  /** The code for what is refused; absent: `AUTHORIZATION_ERROR` of the resource. */
  readonly errorCode?: number
}

export interface Permission {
  readonly operation: AclOperation
  readonly resource: ResourceType
  /** On any resource of the type, whatever its name. */
  readonly onAny?: true
}

/**
 *   request   nothing is done, and the whole request is answered with the error
 *   item      what was refused is answered with the error, everything else as if it had not been asked for
 *   hidden    what was refused is left out of the answer
 *   detail    a part of the answer is withheld: a topic's configs or its name, the operations on the cluster
 */
export type Refusal = 'request' | 'item' | 'hidden' | 'detail'

export interface Access<Request> {
  /** The needs stand in the order in which Kafka asks: the first that refuses a request decides its error. */
  readonly needs: readonly Need<Request>[]
  /** Kinds of resources of which the answer says, if asked to, what the client may do to them (KIP-430). */
  readonly tellsOperationsOf?: readonly ResourceType[]
}
