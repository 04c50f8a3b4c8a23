/**
 * Key of a control record, as a message: the type after the version (KIP-98).
 */
import { type Decoded, data, int16 } from '../schema.ts'

export const ControlRecordTypeSchema = data({
  name: 'ControlRecordTypeSchema',
  versions: '0',
  flexible: 'none',
  fields: () => ({
    type: int16(),
  }),
})
export type ControlRecordTypeSchema = Decoded<typeof ControlRecordTypeSchema>
