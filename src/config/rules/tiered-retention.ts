/**
 * Bounds between the keys of tiered storage and those of retention, in which brokers hold dynamic values though nothing is
 * tiered: DynamicLogConfig.validateReconfiguration of Kafka, with its words.
 */
import type { BrokerConfig } from '../broker-config.ts'
import { topicSynonyms } from '../tables.ts'
import { inheritedText } from '../topic-config.ts'

type Unit = 'ms' | 'bytes'
type TopicConfig = ReturnType<BrokerConfig['topicConfig']>

const UNLIMITED = -1
/** The local retention is that of the topic. */
const AS_RETENTION = -2

/** Null where a change to `next` breaks no bound, or leaves the values of logs as they were. */
export function problemOfTieredRetention(current: BrokerConfig, next: BrokerConfig): string | null {
  const changes = Object.values(topicSynonyms).some(
    (name) => inheritedText(current, name) !== inheritedText(next, name),
  )
  if (!changes) return null
  const topic = next.topicConfig()
  return (
    problemOfLocal(topic, 'ms') ??
    problemOfLocal(topic, 'bytes') ??
    problemOfLag(topic, 'ms') ??
    problemOfLag(topic, 'bytes')
  )
}

function problemOfLocal(topic: TopicConfig, unit: Unit): string | null {
  const [retention, local] = [topic[`retention.${unit}`], topic[`local.retention.${unit}`]]
  if (retention <= UNLIMITED || local === AS_RETENTION) return null
  const key = `log.retention.${unit}`
  if (local === UNLIMITED) {
    return invalid(`log.local.retention.${unit}`, local, `Value must not be -1 as ${key} value is set as ${retention}.`)
  }
  if (local <= retention) return null
  return invalid(
    `log.local.retention.${unit}`,
    local,
    `Value must not be more than ${key} property value: ${retention}`,
  )
}

function problemOfLag(topic: TopicConfig, unit: Unit): string | null {
  const [own, lag] = [topic[`local.retention.${unit}`], topic[`remote.copy.lag.${unit}`]]
  const local = own === AS_RETENTION ? topic[`retention.${unit}`] : own
  if (lag <= 0 || local < 0 || lag <= local) return null
  const bound = `log.local.retention.${unit} (effective value: ${local})`
  return invalid(`log.remote.copy.lag.${unit}`, lag, `Value must not exceed ${bound}`)
}

const invalid = (key: string, value: number, why: string): string =>
  `Invalid value ${value} for configuration ${key}: ${why}`
