/** The bytes of Fetch answers, as quotas count them (`consumer_byte_rate`). */
import { codec } from '../../../../protocol/compile.ts'
import { FetchResponse } from '../../../../protocol/messages/fetch.ts'
import { Writer } from '../../../../protocol/writer.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { FetchContext, FetchResult } from '../../../replication/fetch-session.ts'
import type { ReplicaManager } from '../../../replication/replica-manager.ts'
import type { ChangedLeaders } from '../changed-leaders.ts'
import { groupByTopic } from './fetch-answer.ts'

/** Counts what throttled replicas are given (KIP-73). */
export function countReplication(replicas: ReplicaManager, results: readonly FetchResult[]): void {
  let bytes = 0
  for (const { request, sizeBytes } of results) {
    const partition = sizeBytes > 0 ? replicas.find(request) : undefined
    if (partition !== undefined && replicas.throttle.isThrottled(partition)) bytes += sizeBytes
  }
  if (bytes > 0) replicas.throttle.record(bytes)
}

export const GIVEN = { isGiven: true, throttleTimeMs: 0 }

/** Counts the answer to a consumer, as it is before records are turned into an older format. */
export function countAnswer(
  leaders: ChangedLeaders,
  { quota, apiVersion }: RequestContext,
  session: FetchContext,
  results: readonly FetchResult[],
): { readonly isGiven: boolean; readonly throttleTimeMs: number } {
  if (quota === null) return GIVEN
  const writer = new Writer()
  const responses = groupByTopic(leaders, session.news(results), apiVersion)
  codec(FetchResponse, apiVersion).encode(writer, { responses })
  return quota.fetched(writer.buffers().reduce((bytes, { length }) => bytes + length, 0))
}
