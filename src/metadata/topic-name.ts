import { ErrorCode, KafkaError } from '../../protocol/errors.ts'

/** The longest name. It leaves room for `-<partition>` and `-delete` in a directory name of 255 bytes. */
const MAX_NAME_LENGTH = 249
const LEGAL_CHARACTERS = /^[a-zA-Z0-9._-]+$/

/** Throws INVALID_TOPIC_EXCEPTION with Kafka's reason. */
export function validateTopicName(name: string): void {
  const problem = problemWith(name)
  if (problem !== null) {
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${problem}`)
  }
}

export const isValidTopicName = (name: string): boolean => problemWith(name) === null

function problemWith(name: string): string | null {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > MAX_NAME_LENGTH) {
    return `the length of '${name}' is longer than the max allowed length ${MAX_NAME_LENGTH}`
  }
  if (LEGAL_CHARACTERS.test(name)) return null
  return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
}
