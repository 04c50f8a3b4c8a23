/**
 * The permissions that APIs ask of an authorizer, as data: Kafka's table of APIs, resources and operations, to which a
 * test holds the handlers.
 *
 * A need tells a judge which resources are meant (named by the request, by id or by name, or known only when the answer
 * is made), which other permission will do, and what becomes of what is refused. `judgment.ts` judges requests, and the
 * items of those that declare where these are; a handler itself asks for what only it can know (`Permissions`).
 */
import { AclOperation, ResourceType, SUPPORTED_OPERATIONS } from '../../protocol/acl.ts'

export interface Need<Request> {
  readonly operation: AclOperation
  readonly resource: ResourceType
  /** Names of resources in the request; none: this request does not need it. Absent: the need is not one of names. */
  names?(request: Request, apiVersion: number): readonly string[]
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
  /** The message beside the code; absent: Kafka's for the code. */
  readonly errorMessage?: string | null
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

export interface Items {
  readonly request: string
  readonly response: string
  /** Items of one name are a mistake of the request, which the handler refuses: they are not judged. */
  nameOf?(item: never): string
}

export interface Access<Request> {
  /** The needs stand in the order in which Kafka asks: the first that refuses a request decides its error. */
  readonly needs: readonly Need<Request>[]
  /**
   * The fields that hold the items of a request and their answers. What is refused never reaches the handler: each item
   * is judged by the needs that it would have alone, and is answered with an error. Absent: the handler judges its items.
   */
  readonly items?: Items
  /** Kinds of resources of which the answer says, if asked to, what the client may do to them (KIP-430). */
  readonly tellsOperationsOf?: readonly ResourceType[]
}

/** A denial is none that the client asked for: a list is filtered, or another permission will do. It is not audited. */
export const QUIETLY = true

/** The permissions of one client, as long as one request takes. */
export interface Permissions {
  allows(operation: AclOperation, resource: ResourceType, name: string, quietly?: boolean): boolean
  /** Whether there is any resource of the type on which the operation is allowed (KIP-679). */
  allowsOnAny(operation: AclOperation, resource: ResourceType): boolean
  /** The operations that the client may do to a resource, as bits (KIP-430). */
  operations(resource: ResourceType, name: string): number
}

const allOperations = (resource: ResourceType): number =>
  SUPPORTED_OPERATIONS[resource].reduce((bits, operation) => bits | (1 << AclOperation[operation]), 0)
const ALL_OPERATIONS = new Map(
  (Object.keys(ResourceType) as ResourceType[]).map((resource) => [resource, allOperations(resource)]),
)

/** The permissions of everybody where there is no authorizer. */
export const EVERYTHING: Permissions = {
  allows: () => true,
  allowsOnAny: () => true,
  operations: (resource) => ALL_OPERATIONS.get(resource) ?? 0,
}
