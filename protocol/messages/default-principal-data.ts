/**
 * A principal as it travels in an Envelope (KIP-590).
 */
import { bool, type Decoded, data, string } from '../schema.ts'

export const DefaultPrincipalData = data({
  name: 'DefaultPrincipalData',
  versions: '0',
  flexible: '0+',
  fields: () => ({
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  }),
})
export type DefaultPrincipalData = Decoded<typeof DefaultPrincipalData>
