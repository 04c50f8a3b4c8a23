import { type BrokerConfig, cordonedLogDirs } from '../../config/index.ts'
import type { Controller } from '../../controller/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import { metadataLevel } from '../../metadata/features.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { supportsCordonedLogDirs } from '../../metadata/metadata-version.ts'

interface Followers {
  readonly config: BrokerConfig
  readonly controller: Controller
  readonly logs: LogManager
  readonly logger: Logger
}

/**
 * Keeps `cordoned.log.dirs` in force (KIP-1066): the logs put new partitions elsewhere at once, and the controller, which
 * gives no partitions to a broker whose directories are all cordoned, hears of it. A metadata.version that does not know
 * of cordoned directories leaves the setting without effect until it is raised.
 */
export function followCordonedLogDirs({ config, controller, logs, logger }: Followers): void {
  const { metadata, life } = controller
  // As this broker has registered.
  let inForce = ''
  const follow = (image: MetadataImage): boolean => {
    const paths = supportsCordonedLogDirs(metadataLevel(image)) ? cordonedLogDirs(config) : []
    if (paths.join() === inForce) return false
    inForce = paths.join()
    logs.cordon(paths)
    return true
  }
  const tell = (): void => {
    const ids = logs.directories.filter(({ isCordoned }) => isCordoned).map(({ id }) => id)
    life.cordon(ids).catch((err) => logger.error({ err }, 'Cordoned log directories could not be made known'))
  }
  if (follow(metadata.image)) tell()
  metadata.subscribe(({ after }) => {
    if (follow(after)) tell()
  })
}
