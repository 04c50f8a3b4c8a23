/** Records of groups of kinds that are not run here; such groups have no timeouts and no steps. */

export type RetainedType = 'share' | 'streams'

export interface RetainedRecord {
  readonly kind: RetainedType
  readonly group: string
  /** The record's bytes as they stand in the log. */
  readonly key: Buffer
  readonly value: Buffer | null
  /** Set for the record that makes a member exist. */
  readonly memberId: string | null
}

export interface RetainedWords {
  readonly record: RetainedRecord
  readonly timeout: never
  readonly step: never
}
