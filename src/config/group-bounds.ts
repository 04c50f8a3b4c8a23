/**
 * A group stays within what the broker allows all groups of its kind, as in group.consumer.max.session.timeout.ms. The
 * controller refuses a value beyond the bounds; where the bounds have become narrower since, the nearest bound is in force.
 */
import type { ConfigReader, Properties } from './config-reader.ts'
import { brokerDefinition } from './tables.ts'
import { ConfigError } from './values.ts'

interface Bound {
  readonly name: string
  readonly value: number
}

/** Throws `ConfigError` for a value that a group may not have. */
export function checkGroupBounds(broker: ConfigReader, name: string, value: number): void {
  const { min, max } = boundsOf(broker, name)
  if (min !== null && value < min.value) throw new ConfigError(`${name} must be greater than or equal to ${min.name}`)
  if (max !== null && value > max.value) throw new ConfigError(`${name} must be less than or equal to ${max.name}`)
}

/** The values that a group has set for itself, as they are in force. */
export function withinGroupBounds(broker: ConfigReader, overrides: Properties): Properties {
  if (overrides.size === 0) return overrides
  return new Map([...overrides].map(([name, text]) => [name, within(text, boundsOf(broker, name))]))
}

function within(text: string, { min, max }: ReturnType<typeof boundsOf>): string {
  const value = Number(text)
  if (min !== null && value < min.value) return String(min.value)
  return max !== null && value > max.value ? String(max.value) : text
}

function boundsOf(broker: ConfigReader, name: string) {
  const dot = name.indexOf('.')
  const [kind, rest] = [name.slice(0, dot), name.slice(dot + 1).replace(/^num\./, '')]
  const bound = (side: 'min' | 'max'): Bound | null => {
    const key = `group.${kind}.${side}.${rest}`
    return brokerDefinition(key) ? { name: key, value: Number(broker.canonicalText(key)) } : null
  }
  return { min: bound('min'), max: bound('max') }
}
