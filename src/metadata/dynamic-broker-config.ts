import type { BrokerConfig } from '../config/index.ts'
import type { Logger } from '../env/logger.ts'
import { ConfigResourceType } from './image/configurations-image.ts'
import type { MetadataImage, MetadataSubscriber } from './image/metadata-image.ts'

/**
 * Puts this broker's dynamic values and the cluster's defaults, as `image` has them, into the configuration, and keeps
 * it so: the subscriber that is returned follows every change.
 */
export function followBrokerConfig(
  config: BrokerConfig,
  nodeId: number,
  image: MetadataImage,
  logger: Logger,
): MetadataSubscriber {
  const apply = (now: MetadataImage): void => {
    const problems = [
      ...config.setDynamic('cluster', now.configs.broker(null)),
      ...config.setDynamic('broker', now.configs.broker(nodeId)),
    ]
    for (const problem of problems) logger.warn(problem)
  }
  apply(image)
  return ({ changedConfigs, after }) => {
    if (changedConfigs.some(({ type }) => type === ConfigResourceType.BROKER)) apply(after)
  }
}
