import { type BrokerConfig, isObserver } from '../config/index.ts'
import type { Logger } from '../env/logger.ts'
import { cleanerSettings, onCleanerSettings } from '../log/cleaner/cleaner-settings.ts'
import { LogManager } from '../log/manager/log-manager.ts'
import type { BuildOptions } from './options.ts'

/** Locks and checks the data directories; the partitions' logs wait for the metadata. */
export async function openLogs(
  { config, environment, loggers, onFatal }: BuildOptions,
  tellOfFailure: (directoryId: string) => Promise<void> | undefined,
): Promise<LogManager> {
  const logger = loggers.named('samsa.log')
  const logs = await LogManager.open({
    environment,
    logger,
    logDirectories: config.logDirs,
    metadataDirectory: config.get('metadata.log.dir') ?? undefined,
    nodeId: config.get('node.id'),
    clusterId: config.get('samsa.cluster.id'),
    clusterIdOfNew: isObserver(config) ? () => askControllers(config, environment, logger) : undefined,
    retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
    initialTaskDelayMs: config.get('log.initial.task.delay.ms'),
    flushSchedulerIntervalMs: config.get('log.flush.scheduler.interval.ms'),
    flushOffsetCheckpointIntervalMs: config.get('log.flush.offset.checkpoint.interval.ms'),
    highWatermarkCheckpointIntervalMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    producerIdExpirationMs: config.get('producer.id.expiration.ms'),
    producerIdExpirationCheckIntervalMs: config.get('producer.id.expiration.check.interval.ms'),
    tailCacheBytes: config.get('samsa.log.tail.cache.bytes'),
    cleaner: cleanerSettings(config),
    moveBytesPerSecond: moveBytesPerSecond(config),
    onDirectoryFailure: (directory, error, remaining) => {
      logger.error({ err: error }, `The log directory ${directory} has failed and is offline`)
      if (remaining === 0) return onFatal?.(error)
      const { id } = logs.directories.find(({ path }) => path === directory)!
      tellOfFailure(id)?.catch((err) => onFatal?.(err))
    },
  })
  onCleanerSettings(config, (settings) => logs.cleaner?.configure(settings))
  config.subscribe(() => {
    logs.moves.bytesPerSecond = moveBytesPerSecond(config)
    logs.context.producerIdExpirationMs = config.get('producer.id.expiration.ms')
  })
  return logs
}

/** A directory that no broker has used becomes one of the cluster that the controllers belong to. */
async function askControllers(
  config: BrokerConfig,
  environment: BuildOptions['environment'],
  logger: Logger,
): Promise<string> {
  const { clusterIdOfControllers } = await import('../controller/remote/cluster-id.ts')
  return clusterIdOfControllers(config, environment, logger)
}

function moveBytesPerSecond(config: BrokerConfig): number {
  return Number(config.canonicalText('replica.alter.log.dirs.io.max.bytes.per.second') ?? Number.MAX_VALUE)
}
