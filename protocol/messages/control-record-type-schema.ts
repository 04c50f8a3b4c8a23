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
