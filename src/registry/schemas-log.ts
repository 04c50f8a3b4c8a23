/** The log that holds the registry, as the registry sees it: one partition, read from its beginning, appended to in order. */

export const SCHEMAS_TOPIC = '_schemas'

export interface StoredRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface RecordToStore {
  readonly key: string
  /** null: a tombstone. */
  readonly value: string | null
}

export interface SchemasLog {
  /** Where the log ends for readers, and which log it is: a topic that was deleted and created again is another one. */
  end(): Promise<{ readonly offset: number; readonly logId: string }>
  /** Records from this offset on, and the offset to go on at; at the end none, and the same offset. */
  read(offset: number): Promise<{ readonly records: readonly StoredRecord[]; readonly next: number }>
  /**
   * Makes this the one writer: the appends of every other one fail from now on with `AnotherWriter`. Resolves when
   * everything that was appended before is below the end. Rejects where this cannot be the writer.
   */
  takeOver(): Promise<void>
  /**
   * Appends all of the records or none; resolves to the offset of the first when all in-sync replicas have them. Rejects
   * with `AnotherWriter` when nothing was appended because another writer took over, with `RecordsTooLarge` when the log
   * takes no batch of this size, and with another error when nobody knows whether they were appended.
   */
  append(records: readonly RecordToStore[]): Promise<number>
}

export class AnotherWriter extends Error {}
export class RecordsTooLarge extends Error {}
