import { ALLOWED_BY_KAFKA, type Anomaly } from './anomalies.ts'
import { cycleAnomalies } from './cycles.ts'
import type { History } from './history.ts'
import { analyse } from './logs.ts'
import { orderAnomalies } from './orders.ts'
import { valueAnomalies } from './values.ts'

/** Everything in the history that is not as if one operation had happened after the other, in nearly linear time. */
export function findAnomalies(history: History): Anomaly[] {
  const analysis = analyse(history)
  return [...valueAnomalies(analysis), ...orderAnomalies(history, analysis), ...cycleAnomalies(analysis)]
}

/** The anomalies that Kafka has promised to prevent. */
export function findViolations(history: History): Anomaly[] {
  return findAnomalies(history).filter(({ type }) => !ALLOWED_BY_KAFKA.has(type))
}
