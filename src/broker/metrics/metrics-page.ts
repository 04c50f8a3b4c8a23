/**
 * `GET /metrics`: everything that is counted, in the two sets of names that published dashboards know, those of Strimzi's
 * rules for Kafka's own metrics and those of kafka_exporter, and a few of this broker's own. Whoever may describe the
 * cluster may read it.
 */
import { Hono } from 'hono'
import { CLUSTER_METADATA_TOPIC } from '../../../protocol/cluster-metadata-topic.ts'
import type { InProcessConnection } from '../../dispatch/in-process-connection.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { Exposition } from '../../metrics/exposition.ts'
import type { Caller, WebEnv } from '../../web/caller.ts'
import { problem } from '../../web/responses.ts'
import type { Parts } from '../parts.ts'
import { collectClients } from './client-samples.ts'
import { collectCluster, QuorumSamples } from './controller-samples.ts'
import type { Counts } from './counts.ts'
import { collectGroups, collectMetadata, collectOffsets } from './exporter-samples.ts'
import { groupsNow } from './groups-now.ts'
import { ProcessSamples } from './process-samples.ts'
import { RecordTimes } from './record-times.ts'
import { collectRequests } from './request-samples.ts'
import { collectServer, collectTraffic } from './server-samples.ts'
import { collectLogs, collectReplicas, collectTopics } from './topic-samples.ts'

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface MetricsSources {
  readonly environment: Environment
  readonly nodeId: number
  readonly logger: Logger
  readonly parts: Readonly<Parts>
  readonly counts: Counts
  /** Whether the controller is in this process. */
  readonly isController: boolean
  readonly connect: () => InProcessConnection
}

/** Collects one text at a time: whoever asks meanwhile gets the same. */
export class Metrics {
  readonly #sources: MetricsSources
  readonly #process: ProcessSamples | null
  readonly #times: RecordTimes
  readonly #quorum = new QuorumSamples()
  #underWay: Promise<Exposition> | null = null

  constructor(sources: MetricsSources) {
    this.#sources = sources
    const { process, clock } = sources.environment
    this.#process = process === undefined ? null : new ProcessSamples(process)
    this.#times = new RecordTimes(clock)
  }

  collect(): Promise<Exposition> {
    this.#underWay ??= this.#collect().finally(() => {
      this.#underWay = null
    })
    return this.#underWay
  }

  async #collect(): Promise<Exposition> {
    const to = new Exposition()
    const { counts, parts } = this.#sources
    const { server, replicas, logs, telemetry } = parts
    await this.#process?.collect(to)
    collectRequests(to, counts.requests)
    if (server !== undefined) collectServer(to, server)
    collectTraffic(to, counts.clients)
    if (logs !== undefined) collectLogs(to, logs)
    if (replicas !== undefined) {
      collectTopics(to, replicas)
      collectReplicas(to, replicas)
    }
    await this.#collectCluster(to)
    if (telemetry?.loaded) collectClients(to, telemetry.loaded)
    return to
  }

  async #collectCluster(to: Exposition): Promise<void> {
    const { counts, parts, isController, nodeId, environment, logger, connect } = this.#sources
    const { controller, replicas, coordinators } = parts
    if (controller === undefined) return
    const { image } = controller.metadata
    collectCluster(to, image, counts.changes, isController)
    const connection = connect()
    try {
      const { topics } = await connection.call('DescribeQuorum', {
        topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
      })
      const [quorum] = topics.flatMap(({ partitions }) => partitions)
      if (quorum !== undefined && quorum.errorCode === 0) {
        const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = quorum
        const own = [...currentVoters, ...observers].find(({ replicaId }) => replicaId === nodeId)
        const logEndOffset = Number(own?.logEndOffset ?? image.provenance.lastContainedOffset + 1)
        const now = { leaderId, leaderEpoch, highWatermark: Number(highWatermark), logEndOffset }
        this.#quorum.collect(to, now, { nodeId, isController, nowMs: environment.clock.monotonicMs() })
      }
      if (replicas === undefined || coordinators === undefined) return
      collectMetadata(to, image)
      collectOffsets(to, replicas)
      await collectGroups(to, await groupsNow(connection, image), replicas, this.#times)
    } catch (err) {
      logger.warn({ err }, 'Metrics of groups and of the quorum could not be read')
    } finally {
      connection.close()
    }
  }
}

/** `mayDescribe`: whether the caller may describe the cluster. */
export const metricsApp = (metrics: Metrics, mayDescribe: (caller: Caller) => boolean): Hono<WebEnv> =>
  new Hono<WebEnv>().get('/', async (c) => {
    if (!mayDescribe(c.env.caller)) {
      return problem(403, 'forbidden', 'Metrics are for who may describe the cluster: allow it to this user.')
    }
    return c.body((await metrics.collect()).text(), 200, { 'content-type': CONTENT_TYPE })
  })
