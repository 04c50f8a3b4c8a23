/** What a controller operation is: a pure function of the state, the request and what the world gave it. */
import { ErrorCode, errorMessage, KafkaError } from '../../protocol/errors.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { ConfigError } from '../config/values.ts'
import type { MetadataImage } from '../metadata/metadata-image.ts'
import type { MetadataRecord } from '../metadata/metadata-record.ts'

export interface CommandState {
  /** Everything that was written before this command, durable or not. */
  readonly image: MetadataImage
  /** The offset that the command's first record will have. */
  readonly nextOffset: number
  readonly nodeId: number
  readonly config: BrokerConfig
  /** A new random id, in Kafka's text. */
  readonly newUuid: () => string
  /** A random whole number in [0, below). */
  readonly randomInteger: (below: number) => number
}

export interface CommandResult<Response> {
  /** Appended as one batch: all of them become true or none. */
  readonly records: readonly MetadataRecord[]
  readonly response: Response
}

export type Command<Response> = (state: CommandState) => CommandResult<Response>

/** Kafka's bound on what one request may write. */
export const MAX_RECORDS_PER_COMMAND = 10_000

/** An error of one resource, as responses carry it. */
export interface ResourceError {
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const NO_ERROR: ResourceError = { errorCode: ErrorCode.NONE, errorMessage: null }

/** Runs `fn` for one resource of a request: its Kafka errors are the resource's, anything else is the command's. */
export function attempt(fn: () => void): ResourceError {
  try {
    fn()
    return NO_ERROR
  } catch (error) {
    return resourceError(error)
  }
}

export function resourceError(error: unknown): ResourceError {
  if (error instanceof KafkaError) {
    // Kafka leaves out a message that says no more than the code does.
    const { code, message } = error
    return { errorCode: code, errorMessage: message === errorMessage(code) ? null : message }
  }
  if (error instanceof ConfigError) return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage: error.message }
  throw error
}

export const errorOf = (code: number): ResourceError => ({ errorCode: code, errorMessage: errorMessage(code) })

/** The values that occur once, in order, and those that occur more often. */
export function splitDuplicates<T>(values: Iterable<T>): { unique: Set<T>; duplicate: Set<T> } {
  const unique = new Set<T>()
  const duplicate = new Set<T>()
  for (const value of values) {
    if (duplicate.has(value)) continue
    if (unique.delete(value)) duplicate.add(value)
    else unique.add(value)
  }
  return { unique, duplicate }
}
