import {
  array,
  type Decoded,
  int16,
  int32,
  int64,
  records,
  request,
  response,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const ProduceRequest = request({
  name: 'ProduceRequest',
  apiKey: 0,
  versions: '3-13',
  flexible: '9+',
  fields: () => ({
    transactionalId: string().nullable().default(null),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string('3-12').ignorable().mapKey(),
      topicId: uuid('13+').ignorable().mapKey(),
      partitionData: array({
        index: int32(),
        records: records().nullable(),
      }),
    }),
  }),
})
export type ProduceRequest = Decoded<typeof ProduceRequest>

export const ProduceResponse = response({
  name: 'ProduceResponse',
  apiKey: 0,
  versions: '3-13',
  flexible: '9+',
  fields: () => ({
    responses: array({
      name: string('3-12').ignorable().mapKey(),
      topicId: uuid('13+').ignorable().mapKey(),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64().default(-1n),
        logStartOffset: int64('5+').default(-1n).ignorable(),
        recordErrors: array('8+', {
          batchIndex: int32(),
          batchIndexErrorMessage: string().nullable().default(null),
        }).ignorable(),
        errorMessage: string('8+').nullable().default(null).ignorable(),
        currentLeader: struct('10+', {
          leaderId: int32().default(-1),
          leaderEpoch: int32().default(-1),
        }).tagged(0),
      }),
    }),
    throttleTimeMs: int32(),
    nodeEndpoints: array('10+', {
      nodeId: int32().mapKey(),
      host: string(),
      port: int32(),
      rack: string().nullable().default(null),
    }).tagged(0),
  }),
})
export type ProduceResponse = Decoded<typeof ProduceResponse>
