/**
 * Topics that a regular expression stood for when it was last evaluated (KIP-848).
 */
import { array, type Decoded, int64, record, string } from '../schema.ts'

export const ConsumerGroupRegularExpressionKey = record('group-record-key', {
  name: 'ConsumerGroupRegularExpressionKey',
  apiKey: 16,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    regularExpression: string(),
  }),
})
export type ConsumerGroupRegularExpressionKey = Decoded<typeof ConsumerGroupRegularExpressionKey>

export const ConsumerGroupRegularExpressionValue = record('group-record-value', {
  name: 'ConsumerGroupRegularExpressionValue',
  apiKey: 16,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topics: array(string()),
    version: int64(),
    timestamp: int64(),
  }),
})
export type ConsumerGroupRegularExpressionValue = Decoded<typeof ConsumerGroupRegularExpressionValue>
