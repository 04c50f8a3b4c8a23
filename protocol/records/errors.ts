import { ErrorCode, KafkaError } from '../errors.ts'

/** The bytes are not what was written: a bad checksum, size or magic byte. */
export class CorruptRecordError extends KafkaError {
  constructor(message: string) {
    super(ErrorCode.CORRUPT_MESSAGE, message)
    this.name = 'CorruptRecordError'
  }
}

/** The bytes are intact, but do not form records that Kafka accepts. */
export class InvalidRecordError extends KafkaError {
  constructor(message: string) {
    super(ErrorCode.INVALID_RECORD, message)
    this.name = 'InvalidRecordError'
  }
}

/**
 * A batch that Apache Kafka fails on without a verdict of its own (an unknown codec, a compressed stream that breaks):
 * its clients see UNKNOWN_SERVER_ERROR, so ours do.
 */
export class UnreadableRecordsError extends KafkaError {
  constructor(message: string) {
    super(ErrorCode.UNKNOWN_SERVER_ERROR, message)
    this.name = 'UnreadableRecordsError'
  }
}

/** Larger than what was allowed, whether as it stands or once inflated. */
export class RecordTooLargeError extends KafkaError {
  constructor(message: string) {
    super(ErrorCode.MESSAGE_TOO_LARGE, message)
    this.name = 'RecordTooLargeError'
  }
}

export class UnsupportedCompressionTypeError extends KafkaError {
  constructor(message: string) {
    super(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, message)
    this.name = 'UnsupportedCompressionTypeError'
  }
}

/** A record of a batch that was refused for what it says. */
export interface RecordError {
  /** Its place in the batch, from 0. */
  readonly batchIndex: number
  readonly message: string
}

/** The batch is refused because of these records (KIP-467); the code is INVALID_TIMESTAMP or INVALID_RECORD. */
export class RecordValidationError extends KafkaError {
  readonly recordErrors: readonly RecordError[]

  constructor(code: number, message: string, recordErrors: readonly RecordError[]) {
    super(code, message)
    this.name = 'RecordValidationError'
    this.recordErrors = recordErrors
  }
}
