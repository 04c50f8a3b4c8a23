/**
 * A feature is finalized at a level, `metadata.version` among them (KIP-584, KIP-778).
 */
import { type Decoded, int16, record, string } from '../schema.ts'

export const FeatureLevelRecord = record('metadata-record', {
  name: 'FeatureLevelRecord',
  apiKey: 12,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    name: string(),
    featureLevel: int16(),
  }),
})
export type FeatureLevelRecord = Decoded<typeof FeatureLevelRecord>
