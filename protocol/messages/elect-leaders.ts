/**
 * ElectLeaders: make the preferred replica, or an out-of-sync one, the leader (KIP-183).
 *
 * - v1: election types, and an error for the whole response (KIP-460).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const ElectLeadersRequest = request({
  name: 'ElectLeadersRequest',
  apiKey: 43,
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    electionType: int8('1+'),
    topicPartitions: array({
      topic: string().mapKey(),
      partitions: array(int32()),
    }).nullable(),
    timeoutMs: int32().default(60000),
  }),
})
export type ElectLeadersRequest = Decoded<typeof ElectLeadersRequest>

export const ElectLeadersResponse = response({
  name: 'ElectLeadersResponse',
  apiKey: 43,
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16('1+'),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string().nullable(),
      }),
    }),
  }),
})
export type ElectLeadersResponse = Decoded<typeof ElectLeadersResponse>
