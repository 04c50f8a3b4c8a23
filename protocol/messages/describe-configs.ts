/**
 * DescribeConfigs: configs of topics, brokers, groups and client metrics, with where each value comes from (KIP-133).
 *
 * - v1: synonyms and the source instead of a mere 'is default' (KIP-226).
 * - v2: the response is sent before the client is throttled (KIP-219).
 * - v3: type and documentation of each config (KIP-569).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const DescribeConfigsRequest = request({
  name: 'DescribeConfigsRequest',
  apiKey: 32,
  versions: '1-4',
  dropped: '0',
  flexible: '4+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string()).nullable(),
    }),
    includeSynonyms: bool('1+'),
    includeDocumentation: bool('3+'),
  }),
})
export type DescribeConfigsRequest = Decoded<typeof DescribeConfigsRequest>

export const DescribeConfigsResponse = response({
  name: 'DescribeConfigsResponse',
  apiKey: 32,
  versions: '1-4',
  dropped: '0',
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
        isDefault: bool('0'),
        configSource: int8('1+').default(-1).ignorable(),
        isSensitive: bool(),
        synonyms: array('1+', {
          name: string(),
          value: string().nullable(),
          source: int8(),
        }).ignorable(),
        configType: int8('3+').ignorable(),
        documentation: string('3+').nullable().ignorable(),
      }),
    }),
  }),
})
export type DescribeConfigsResponse = Decoded<typeof DescribeConfigsResponse>
