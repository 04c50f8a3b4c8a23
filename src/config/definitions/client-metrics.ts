import { anyList, int, list } from '../definition.ts'

/** Configs of a client metrics subscription (KIP-714). */
export const clientMetricsDefinitions = {
  'interval.ms': int(300_000),
  match: list('', { check: anyList(true) }),
  metrics: list('', { check: anyList(true) }),
} as const
