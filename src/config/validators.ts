import { custom } from './definition.ts'

/** The rules that Kafka writes as code. Each gives a whole sentence when the value is wrong; see `ConfigError`. */

export const gzipLevel = custom('[1,...,9] or -1', (value) =>
  value === -1 || ((value as number) >= 1 && (value as number) <= 9)
    ? null
    : 'Value must be between 1 and 9 or equal to -1',
)

export const nonNull = custom('NonNullValidator', (value) => (value === null ? 'entry must be non null' : null))

export const nonEmpty = custom('NonEmptyString', (value) => (value === '' ? 'String must be non-empty' : null))

const hostAndPort = /^(?:.*:\/\/)?\[?([0-9a-zA-Z\-%._:]+)\]?:([0-9]+)$/

export const bootstrapServers = custom('ControllerQuorumBootstrapServersValidator', (value) => {
  for (const entry of value as readonly string[]) {
    if (!hostAndPort.test(entry)) return `Failed to parse host name from ${entry}: expected "{host}:{port}"`
  }
  return null
})

export const quorumVoters = custom('ControllerQuorumVotersValidator', (value) => {
  for (const entry of value as readonly string[]) {
    const at = entry.indexOf('@')
    if (at < 0) return 'Each entry should be in the form `{id}@{host}:{port}`.'
    if (!/^[+-]?\d+$/.test(entry.slice(0, at))) {
      return `Failed to parse voter ID as an integer from ${entry.slice(0, at)}`
    }
    if (!hostAndPort.test(entry.slice(at + 1))) {
      return `Failed to parse host name from entry ${entry}: expected \`{id}@{host}:{port}\``
    }
  }
  return null
})

/** `*`, or pairs partition:broker. */
export const throttledReplicas = custom('ThrottledReplicaListValidator', (value) => {
  const replicas = value as readonly string[]
  if (replicas.length === 1 && replicas[0] === '*') return null
  return replicas.every((replica) => /^[0-9]+:[0-9]+$/.test(replica))
    ? null
    : "Value must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],..."
})

const isoDuration = /^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/i

/** KIP-1106: where a share group begins to read. */
export const shareAutoOffsetReset = custom('Validator', (value) => {
  const strategy = value as string
  if (strategy === 'earliest' || strategy === 'latest') return null
  if (strategy.startsWith('by_duration:') && isoDuration.test(strategy.slice('by_duration:'.length))) return null
  return "Value must be 'earliest', 'latest' or of the form by_duration:PnDTnHnMn.nS"
})
