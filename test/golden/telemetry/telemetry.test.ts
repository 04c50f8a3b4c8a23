/** Transcripts of Apache's ClientMetricsManager, replayed: each answer is equal, ids and the order of names included. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { quiet } from '../../../proof/log/support.ts'
import { codec, encodeMessage } from '../../../protocol/compile.ts'
import { GetTelemetrySubscriptionsResponse } from '../../../protocol/messages/get-telemetry-subscriptions.ts'
import { Reader } from '../../../protocol/reader.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { getTelemetrySubscriptionsHandler } from '../../../src/api/get-telemetry-subscriptions.ts'
import { pushTelemetryHandler } from '../../../src/api/push-telemetry.ts'
import { ConfigResourceType } from '../../../src/metadata/image/configurations-image.ts'
import { EMPTY_IMAGE } from '../../../src/metadata/image/metadata-image.ts'
import { MetadataPublisher } from '../../../src/metadata/metadata-publisher.ts'
import { ClientTelemetry } from '../../../src/telemetry/client-telemetry.ts'
import { requestContext } from '../../api/support/api-bench.ts'
import { responseOf } from '../../api/support/outcome-of.ts'

interface Asking {
  ask: string
  clientId: string
  answer: Record<string, unknown>
}
interface Pushing {
  push: string
  clientId: string
  subscriptionId: number
  terminating: boolean
  compressionType: number
  metrics: string
  errorCode: number
}
type Step = { set: string; values: Record<string, string> } | { afterMs: number } | Asking | Pushing

const scenarios: { name: string; steps: Step[] }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'cases.json'), 'utf8'),
)
const MAX_BYTES = 4096
const of = {
  remoteAddress: '10.0.0.7',
  remotePort: 4711,
  peer: { principal: { type: 'User', name: 'ANONYMOUS' }, softwareName: 'apache-kafka-java', softwareVersion: '4.4.0' },
}
const NOTHING = { createdTopics: [], changedTopics: [], deletedTopics: [], changedAcls: [] }

function replay() {
  let nowMs = 1_000_000
  const metadata = new MetadataPublisher(EMPTY_IMAGE, quiet)
  const telemetry = new ClientTelemetry({
    clock: { nowMs: () => 0, monotonicMs: () => nowMs, schedule: () => ({ cancel() {} }), defer() {} },
    random: { integer: () => 0, bytes: (count) => Buffer.alloc(count, 7) },
    logger: quiet,
    metadata,
    maxBytes: MAX_BYTES,
  })
  const services = { telemetry: { load: async () => telemetry } }
  const context = (clientId: string) => {
    const like = requestContext(71, 0)
    return { ...like, clientId, connection: { ...like.connection, ...of } }
  }
  return {
    after(ms: number) {
      nowMs += ms
    },
    async set(name: string, values: Record<string, string>) {
      const before = metadata.image
      const resource = { type: ConfigResourceType.CLIENT_METRICS, name }
      const after = { ...before, configs: before.configs.with([[resource, new Map(Object.entries(values))]]) }
      await metadata.publish({ ...NOTHING, before, after, changedConfigs: [resource] })
    },
    ask: (clientInstanceId: string, clientId: string) =>
      responseOf(getTelemetrySubscriptionsHandler(services), context(clientId), { clientInstanceId }),
    push: ({ push: clientInstanceId, clientId, metrics, ...rest }: Pushing) =>
      responseOf(pushTelemetryHandler(services), context(clientId), {
        ...rest,
        clientInstanceId,
        metrics: Buffer.from(metrics, 'base64'),
      }),
  }
}

/** The answer as it is on the wire: absent fields have their defaults. */
const onTheWire = (answer: Encodable<typeof GetTelemetrySubscriptionsResponse>) => {
  const { throttleTimeMs, ...rest } = codec(GetTelemetrySubscriptionsResponse, 0).decode(
    new Reader(encodeMessage(GetTelemetrySubscriptionsResponse, 0, answer)),
  )
  return rest
}

for (const { name, steps } of scenarios) {
  t.test(name, async (t) => {
    const broker = replay()
    for (const [index, step] of steps.entries()) {
      if ('afterMs' in step) broker.after(step.afterMs)
      else if ('set' in step) await broker.set(step.set, step.values)
      else if ('ask' in step) {
        t.strictSame(onTheWire(await broker.ask(step.ask, step.clientId)), step.answer, `step ${index}`)
      } else t.equal((await broker.push(step)).errorCode ?? 0, step.errorCode, `step ${index}`)
    }
  })
}
