import { ErrorCode, errorMessage, KafkaError } from '../../protocol/errors.ts'
import { ConfigError } from '../config/values.ts'

/** An error of one resource (a topic, a partition, a configuration), as responses carry it. */
export interface ResourceError {
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const NO_ERROR: ResourceError = { errorCode: ErrorCode.NONE, errorMessage: null }

export const errorOf = (code: number): ResourceError => ({ errorCode: code, errorMessage: errorMessage(code) })

/** Runs `fn` for one resource of a request: its Kafka errors are the resource's, anything else is the request's. */
export function attempt(fn: () => void): ResourceError {
  try {
    fn()
    return NO_ERROR
  } catch (error) {
    return resourceError(error)
  }
}

/** Throws on what is neither a `KafkaError` nor a `ConfigError`. */
export function resourceError(error: unknown): ResourceError {
  if (error instanceof KafkaError) {
    // Kafka leaves out a message that says no more than the code does.
    const { code, message } = error
    return { errorCode: code, errorMessage: message === errorMessage(code) ? null : message }
  }
  if (error instanceof ConfigError) return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage: error.message }
  throw error
}
