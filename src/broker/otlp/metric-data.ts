/**
 * Everything that is counted, as OpenTelemetry's SDK has metrics: counters are cumulative sums, gauges gauges. A summary is told in
 * pieces, as OTLP's own kind for it is of the past: quantiles as gauges, `_sum` and `_count` as sums.
 */
import { ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { grouped } from '../../../protocol/collections/grouped.ts'
import type { Exposition, Family, Sample } from '../../metrics/exposition.ts'

/** Collectors take messages of some megabytes: a point takes some hundred bytes of JSON. */
const MOST_POINTS = 10_000
const MS_PER_SECOND = 1_000
const NS_PER_MS = 1_000_000

export interface Origin {
  /** Attributes of the resource, in OpenTelemetry's names: `service.name` and others. */
  readonly attributes: Readonly<Record<string, string>>
  readonly version: string
  /** The beginning of all that is counted, in milliseconds since the epoch. */
  readonly startMs: number
}

/** Messages of a bounded size, which are all metrics together. */
export function* messagesOf(exposition: Exposition, origin: Origin, nowMs: number): Iterable<ResourceMetrics> {
  let metrics: MetricData[] = []
  let points = 0
  for (const { family, samples } of exposition.families()) {
    for (const metric of metricsOf(family, samples, origin.startMs, nowMs)) {
      if (points > 0 && points + metric.dataPoints.length > MOST_POINTS) {
        yield messageOf(metrics, origin)
        metrics = []
        points = 0
      }
      metrics.push(metric)
      points += metric.dataPoints.length
    }
  }
  if (metrics.length > 0) yield messageOf(metrics, origin)
}

const messageOf = (metrics: MetricData[], { attributes, version }: Origin): ResourceMetrics => ({
  resource: resourceFromAttributes(attributes),
  scopeMetrics: [{ scope: { name: 'samsa', version }, metrics }],
})

function* metricsOf(
  { name, type, help }: Family,
  samples: readonly Sample[],
  startMs: number,
  nowMs: number,
): Iterable<MetricData> {
  // JSON knows neither infinities nor what is no number.
  const finite = samples.filter(({ value }) => Number.isFinite(value))
  for (const [suffix, same] of grouped(finite, (sample) => sample.suffix)) {
    const isSum = type === 'counter' || suffix !== ''
    const dataPoints = same.map(({ labels, value }) => ({
      startTime: highResolution(startMs),
      endTime: highResolution(nowMs),
      value,
      attributes: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, String(text)])),
    }))
    const common = {
      descriptor: { name: `${name}${suffix}`, description: help, unit: '', valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPoints,
    }
    yield isSum
      ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true }
      : { ...common, dataPointType: DataPointType.GAUGE }
  }
}

/** Seconds and nanoseconds. */
const highResolution = (ms: number): [number, number] => [
  Math.floor(ms / MS_PER_SECOND),
  Math.round((ms % MS_PER_SECOND) * NS_PER_MS),
]
