import { type ConfigScope, warningWithoutEffect } from '../../config/index.ts'
import type { Logger } from '../../env/logger.ts'
import { type ConfigResource, ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataSubscriber } from '../../metadata/image/metadata-image.ts'

const SCOPES: Readonly<Record<number, ConfigScope>> = {
  [ConfigResourceType.BROKER]: 'broker',
  [ConfigResourceType.TOPIC]: 'topic',
  [ConfigResourceType.GROUP]: 'group',
  [ConfigResourceType.CLIENT_METRICS]: 'client-metrics',
}

/**
 * Warns, once for each change, of keys that somebody has just given a value and that change nothing here.
 * `isInCluster`: under controllers elsewhere, where keys have an effect that a broker alone has no use for.
 */
export function warnOfKeysWithoutEffect(logger: Logger, isInCluster: boolean): MetadataSubscriber {
  return ({ changedConfigs, before, after }) => {
    for (const resource of changedConfigs) {
      const scope = SCOPES[resource.type]
      if (scope === undefined) continue
      const [earlier, now] = [before.configs.get(resource), after.configs.get(resource)]
      const changed = [...now.keys()].filter((name) => now.get(name) !== earlier.get(name))
      const warning = warningWithoutEffect(scope, changed, isInCluster)
      if (warning !== null) logger.warn(`${titleOf(scope, resource)}: ${warning}`)
    }
  }
}

const titleOf = (scope: ConfigScope, { name }: ConfigResource): string =>
  name === '' ? `Configuration of every ${scope}` : `Configuration of ${scope} ${name}`
