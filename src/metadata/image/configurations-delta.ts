import type { ConfigRecord } from '../../../protocol/messages/config-record.ts'
import { type ConfigResource, ConfigResourceType, type ConfigurationsImage } from './configurations-image.ts'

/** The changes that a run of records makes to the configuration. */
export class ConfigurationsDelta {
  readonly #image: ConfigurationsImage
  readonly #changed = new Map<string, { resource: ConfigResource; values: Map<string, string> }>()

  constructor(image: ConfigurationsImage) {
    this.#image = image
  }

  configRecord({ resourceType: type, resourceName, name, value }: ConfigRecord): void {
    const { values } = this.#change({ type, name: resourceName })
    if (value === null) values.delete(name)
    else values.set(name, value)
  }

  removeTopic(name: string): void {
    const resource = { type: ConfigResourceType.TOPIC, name }
    if (this.#image.get(resource).size > 0 || this.#changed.has(keyOf(resource))) this.#change(resource).values.clear()
  }

  apply(): { image: ConfigurationsImage; changedConfigs: ConfigResource[] } {
    const changes = [...this.#changed.values()]
    const image =
      changes.length === 0
        ? this.#image
        : this.#image.with(changes.map(({ resource, values }) => [resource, values] as const))
    return { image, changedConfigs: changes.map(({ resource }) => resource) }
  }

  #change(resource: ConfigResource): { resource: ConfigResource; values: Map<string, string> } {
    const key = keyOf(resource)
    let change = this.#changed.get(key)
    if (change === undefined) {
      change = { resource, values: new Map(this.#image.get(resource)) }
      this.#changed.set(key, change)
    }
    return change
  }
}

const keyOf = ({ type, name }: ConfigResource): string => `${type}:${name}`
