/**
 * Levels of the broker's loggers as configurations of a resource BROKER_LOGGER (KIP-412): described, and changed at once
 * in the broker that is asked. They are in no log, so a start begins without them. Kafka's RuntimeLoggerManager.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { type BrokerConfig, type ConfigEntry, ConfigSource } from '../../../config/index.ts'
import type { Logger } from '../../../env/logger.ts'
import { isLogLevel, LOG_LEVELS, type LogLevel, type NamedLoggers, ROOT_LOGGER } from '../../../env/named-loggers.ts'
import { CONFIG_OPERATIONS } from '../../../metadata/config-operations.ts'

interface LogLevelResource {
  readonly resourceName: string
  /** Names of loggers, and levels. */
  readonly configs: readonly {
    readonly name: string
    readonly value: string | null
    readonly configOperation: number
  }[]
}

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message)
const refused = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_CONFIG, message)

const UNKNOWN_TYPE = 0

export function describeLogLevels(loggers: NamedLoggers): ConfigEntry[] {
  return [...loggers.levels()].map(([name, value]) => ({
    name,
    value,
    readOnly: false,
    configSource: ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG,
    isSensitive: false,
    synonyms: [],
    configType: UNKNOWN_TYPE,
    documentation: '',
  }))
}

export class LogLevelChanges {
  readonly #nodeId: number
  readonly #loggers: NamedLoggers
  readonly #logger: Logger

  constructor(config: BrokerConfig, loggers: NamedLoggers<'samsa.broker'>) {
    this.#nodeId = config.get('node.id')
    this.#loggers = loggers
    this.#logger = loggers.named('samsa.broker')
  }

  /** Makes all of the changes, or throws the `KafkaError` of the first that cannot be and makes none. */
  apply({ resourceName, configs }: LogLevelResource, { validateOnly }: { validateOnly: boolean }): void {
    this.#checkNodeId(resourceName)
    const changes = configs.map((change): [string, LogLevel | null] => [change.name, this.#levelOf(change)])
    if (validateOnly) return
    for (const [name, level] of changes) {
      this.#loggers.setLevel(name, level)
      const done = level === null ? `Unset the log level of ${name}` : `Updated the log level of ${name} to ${level}`
      this.#logger.warn(done)
    }
  }

  #checkNodeId(name: string): void {
    if (!/^[+-]?\d+$/.test(name)) throw invalid(`Node id must be an integer, but it is: ${name}`)
    if (Number(name) === this.#nodeId) return
    throw invalid(`Unexpected node id. Expected ${this.#nodeId}, but received ${name}`)
  }

  /** null: the logger's own level is to go. */
  #levelOf({ name, value, configOperation }: LogLevelResource['configs'][number]): LogLevel | null {
    const operation = CONFIG_OPERATIONS[configOperation]
    switch (operation) {
      case 'SET':
        this.#checkName(name)
        if (isLogLevel(value)) return value
        throw refused(
          `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${LEVELS_IN_ORDER}`,
        )
      case 'DELETE':
        this.#checkName(name)
        if (name !== ROOT_LOGGER) return null
        throw invalid(`Removing the log level of the ${ROOT_LOGGER} logger is not allowed`)
      case 'APPEND':
      case 'SUBTRACT':
        throw invalid(`${operation} operation is not allowed for the BROKER_LOGGER resource`)
      default:
        throw invalid(`Unknown operation type ${configOperation} is not allowed for the BROKER_LOGGER resource`)
    }
  }

  #checkName(name: string): void {
    if (!this.#loggers.has(name)) throw refused(`Logger ${name} does not exist!`)
  }
}

const LEVELS_IN_ORDER = [...LOG_LEVELS].sort().join(', ')
