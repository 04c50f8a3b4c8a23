/**
 * A controller has registered (KIP-919).
 */
import { array, bool, type Decoded, int16, int32, record, string, uint16, uuid } from '../schema.ts'

export const RegisterControllerRecord = record('metadata-record', {
  name: 'RegisterControllerRecord',
  apiKey: 27,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    endPoints: array({
      name: string().mapKey(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string().mapKey(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  }),
})
export type RegisterControllerRecord = Decoded<typeof RegisterControllerRecord>
