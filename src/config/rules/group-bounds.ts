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

/** The values that a group has set for itself, as they are in force. */
export function withinGroupBounds(broker: ConfigReader, overrides: Properties): Properties {
  if (overrides.size === 0) return overrides
  return new Map([...overrides].map(([name, text]) => [name, within(text, boundsOf(broker, name))]))
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
