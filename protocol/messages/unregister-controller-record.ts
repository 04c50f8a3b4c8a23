/**
 * A controller is no longer registered (KIP-1312).
 */
import { type Decoded, int32, record } from '../schema.ts'

export const UnregisterControllerRecord = record('metadata-record', {
  name: 'UnregisterControllerRecord',
  apiKey: 29,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    controllerId: int32(),
  }),
})
export type UnregisterControllerRecord = Decoded<typeof UnregisterControllerRecord>
