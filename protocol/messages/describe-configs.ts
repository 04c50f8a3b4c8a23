import { array, bool, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const DescribeConfigsRequest = request({
  name: 'DescribeConfigsRequest',
  apiKey: 32,
  versions: '1-4',
  flexible: '4+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string()).nullable(),
    }),
    includeSynonyms: bool(),
    includeDocumentation: bool('3+'),
  }),
})
export type DescribeConfigsRequest = Decoded<typeof DescribeConfigsRequest>

export const DescribeConfigsResponse = response({
  name: 'DescribeConfigsResponse',
  apiKey: 32,
  versions: '1-4',
  flexible: '4+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string().nullable(),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string().nullable(),
        readOnly: bool(),
        configSource: int8().default(-1),
        isSensitive: bool(),
        synonyms: array({
          name: string(),
          value: string().nullable(),
          source: int8(),
        }),
        configType: int8('3+').ignorable(),
        documentation: string('3+').nullable().ignorable(),
      }),
    }),
  }),
})
export type DescribeConfigsResponse = Decoded<typeof DescribeConfigsResponse>
