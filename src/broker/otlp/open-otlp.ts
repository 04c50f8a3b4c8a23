/** Begins to push metrics where `samsa.otlp.endpoint` says so. Loaded for that alone, and OpenTelemetry's packages with it. */
import { ConfigError } from '../../config/index.ts'
import { VERSION } from '../../config/version.ts'
import type { InProcessConnection } from '../../dispatch/in-process-connection.ts'
import type { Counts } from '../metrics/counts.ts'
import { Metrics } from '../metrics/metrics-page.ts'
import type { BuildOptions } from '../options.ts'
import type { Parts } from '../parts.ts'
import { OtlpPush } from './otlp-push.ts'

const PATH = '/v1/metrics'

export function openOtlp(
  { config, environment, loggers }: BuildOptions,
  parts: Readonly<Parts>,
  { counts, connect }: { counts: Counts; connect: () => InProcessConnection },
): OtlpPush {
  const logger = loggers.named('samsa.telemetry')
  const nodeId = config.get('node.id')
  const isController = config.get('process.roles').includes('controller')
  const metrics = new Metrics({ environment, nodeId, isController, logger, parts, counts, connect })
  const { clock, network } = environment
  const push = new OtlpPush({
    clock,
    network,
    logger,
    collect: () => metrics.collect(),
    url: endpointUrl(config.get('samsa.otlp.endpoint') ?? ''),
    headers: headersIn(config.get('samsa.otlp.headers') ?? ''),
    everyMs: config.get('samsa.otlp.interval.ms'),
    origin: {
      attributes: { 'service.name': 'samsa', 'service.version': VERSION, 'service.instance.id': String(nodeId) },
      version: VERSION,
      startMs: environment.process?.startedMs ?? clock.nowMs(),
    },
  })
  push.start()
  return push
}

/** The address of a collector alone means its usual path, as OTEL_EXPORTER_OTLP_ENDPOINT has it. */
export function endpointUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(
      `samsa.otlp.endpoint is ${text}: expected the URL of a collector, such as http://localhost:4318`,
    )
  }
  return url.pathname === '/' ? new URL(PATH, url).href : url.href
}

/** `name=value`, separated by commas, as OTEL_EXPORTER_OTLP_HEADERS has them. */
export function headersIn(text: string): Record<string, string> {
  const parts = text.split(',').filter((part) => part.trim() !== '')
  return Object.fromEntries(
    parts.map((part) => {
      const equals = part.indexOf('=')
      if (equals < 1) throw new ConfigError('samsa.otlp.headers has a part that is no name=value')
      return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()]
    }),
  )
}
