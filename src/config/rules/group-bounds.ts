/**
 * A group stays within what the broker allows all groups of its kind, as in group.consumer.max.session.timeout.ms. The
 * controller refuses a value beyond the bounds; where the bounds have become narrower since, the nearest bound is in force.
 */
import type { ConfigReader, Properties } from '../config-reader.ts'
import { brokerDefinition } from '../tables.ts'
import { ConfigError } from '../values.ts'

/** Throws `ConfigError` for a value that a group may not have. */
export function checkGroupBounds(broker: ConfigReader, name: string, value: number): void {
  const { min, max } = boundsOf(broker, name)
  if ((min === null || value >= min) && (max === null || value <= max)) return
  if (min !== null && max !== null) throw new ConfigError(`${name} must be in the range ${min} to ${max} inclusive.`)
  if (min !== null) throw new ConfigError(`${name} must be greater than or equal to ${min}`)
  throw new ConfigError(`${name} must be less than or equal to ${max}`)
}

/** Tells that values may have changed. */
interface Changing {
  subscribe(fn: () => void): () => void
}

/**
 * The values that groups have set for themselves, as they are in force. They are asked for with each acknowledgement of
 * records, and worked out once for as long as neither the group's values nor the broker's change.
 */
export function withinGroupBounds(
  broker: ConfigReader & Changing,
  overridesOf: (groupId: string) => Properties,
): (groupId: string) => Properties {
  let inForce = new WeakMap<Properties, Properties>()
  broker.subscribe(() => {
    inForce = new WeakMap()
  })
  return (groupId) => {
    const overrides = overridesOf(groupId)
    const known = inForce.get(overrides)
    if (known !== undefined) return known
    const bounded = new Map([...overrides].map(([name, text]) => [name, within(text, boundsOf(broker, name))]))
    inForce.set(overrides, bounded)
    return bounded
  }
}

function within(text: string, { min, max }: ReturnType<typeof boundsOf>): string {
  const value = Number(text)
  if (min !== null && value < min) return String(min)
  return max !== null && value > max ? String(max) : text
}

function boundsOf(broker: ConfigReader, name: string) {
  const dot = name.indexOf('.')
  const [kind, rest] = [name.slice(0, dot), name.slice(dot + 1).replace(/^num\./, '')]
  const bound = (side: 'min' | 'max'): number | null => {
    const key = `group.${kind}.${side}.${rest}`
    return brokerDefinition(key) ? Number(broker.canonicalText(key)) : null
  }
  return { min: bound('min'), max: bound('max') }
}
