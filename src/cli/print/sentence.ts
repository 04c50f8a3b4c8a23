/** Errors for a person: one sentence with Kafka's name of the error, and what can be done about it. */
import { ErrorCode, errorMessage, errorName, KafkaError } from '../../../protocol/errors.ts'
import { ClientError } from '../../client/errors.ts'
import { ConfigError } from '../../config/values.ts'
import { RegistryError } from '../../registry/error.ts'
import { UsageError } from '../cluster/context.ts'

/** Remedies, by Kafka's name of the error. */
const REMEDIES: Partial<Record<keyof typeof ErrorCode, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'see samsa topics list',
  UNKNOWN_TOPIC_ID: 'the topic was deleted meanwhile',
  TOPIC_ALREADY_EXISTS: 'choose another name, or give --if-not-exists',
  TOPIC_AUTHORIZATION_FAILED: 'ask for an ACL on this topic, or log in as somebody who has one',
  GROUP_AUTHORIZATION_FAILED: 'ask for an ACL on this group, or log in as somebody who has one',
  CLUSTER_AUTHORIZATION_FAILED: 'ask for an ACL on the cluster, or log in as somebody who has one',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'ask for an ACL on this transactional id',
  SECURITY_DISABLED: 'set authorizer.class.name on the broker',
  GROUP_ID_NOT_FOUND: 'see samsa groups list',
  NON_EMPTY_GROUP: 'stop its members first',
  INVALID_REPLICATION_FACTOR: 'give a smaller --replicas, or start more brokers',
  NOT_ENOUGH_REPLICAS: 'see samsa topics describe for the replicas in sync, and min.insync.replicas',
  MESSAGE_TOO_LARGE: 'raise max.message.bytes of the topic, or send smaller records',
  POLICY_VIOLATION: 'the cluster has a policy against it',
  LEADER_NOT_AVAILABLE: 'see samsa topics describe',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'the topic is in a format of before 0.11',
  INVALID_TOPIC_EXCEPTION: 'a name has letters, digits, dots, underscores and dashes, at most 249',
}

/** One sentence for what a person can mend; a bug shows its stack. */
export function sentence(error: unknown): string {
  if (error instanceof ClientError && error.reason === 'unreachable')
    return `${error.message}: is a broker running there?`
  if (error instanceof KafkaError) return kafkaSentence(error.code, error.message)
  if (error instanceof RegistryError) return `${error.message.replace(/\.$/, '')} (${error.code}).`
  const isExpected = [ClientError, ConfigError, UsageError].some((kind) => error instanceof kind)
  if (isExpected) return `${(error as Error).message.replace(/\.$/, '')}.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The words of a broker, with Kafka's name of it and what to do. */
export function kafkaSentence(code: number, message: string | null): string {
  const name = errorName(code)
  const words = (message ?? errorMessage(code) ?? name).replace(/\.$/, '')
  const remedy = REMEDIES[name]
  return `${words} (${name})${remedy === undefined ? '' : `: ${remedy}`}.`
}

/** Throws what a broker says of one item of its answer. */
export function ensureNoError(code: number, what: string, message?: string | null): void {
  if (code !== ErrorCode.NONE) throw new KafkaError(code, `${what}: ${message ?? errorMessage(code)}`)
}
