import { PersistentMap } from './persistent-map.ts'

/** Kafka's ids of what can be configured. */
export const ConfigResourceType = {
  UNKNOWN: 0,
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const

export interface ConfigResource {
  readonly type: number
  /** The empty name of a broker resource stands for the default of all brokers. */
  readonly name: string
}

export type ConfigMap = ReadonlyMap<string, string>

const NOTHING: ConfigMap = new Map()
const keyOf = ({ type, name }: ConfigResource): string => `${type}:${name}`

/** Dynamic configuration values, by resource. A resource without values is not here. */
export class ConfigurationsImage {
  static readonly EMPTY = new ConfigurationsImage(PersistentMap.empty())

  readonly #byResource: PersistentMap<ConfigMap>

  private constructor(byResource: PersistentMap<ConfigMap>) {
    this.#byResource = byResource
  }

  get(resource: ConfigResource): ConfigMap {
    return this.#byResource.get(keyOf(resource)) ?? NOTHING
  }

  topic(name: string): ConfigMap {
    return this.get({ type: ConfigResourceType.TOPIC, name })
  }

  /** `null`: the dynamic default of all brokers. */
  broker(brokerId: number | null): ConfigMap {
    return this.get({ type: ConfigResourceType.BROKER, name: brokerId === null ? '' : String(brokerId) })
  }

  group(groupId: string): ConfigMap {
    return this.get({ type: ConfigResourceType.GROUP, name: groupId })
  }

  *[Symbol.iterator](): Iterator<readonly [ConfigResource, ConfigMap]> {
    for (const [key, values] of this.#byResource) {
      const colon = key.indexOf(':')
      yield [{ type: Number(key.slice(0, colon)), name: key.slice(colon + 1) }, values]
    }
  }

  with(changes: Iterable<readonly [ConfigResource, ConfigMap]>): ConfigurationsImage {
    return new ConfigurationsImage(
      this.#byResource.change((resources) => {
        for (const [resource, values] of changes) {
          if (values.size === 0) resources.delete(keyOf(resource))
          else resources.set(keyOf(resource), values)
        }
      }),
    )
  }
}
