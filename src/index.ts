/**
 * samsa in a program: a whole broker in this process, for tests and tools.
 *
 *     await using broker = await startBroker()
 *     new Kafka({ brokers: [broker.bootstrapServers] })
 */

import type { RunningCluster, StartClusterOptions } from './cluster/running-cluster.ts'
import { nodeEnvironment } from './env/node/index.ts'
import { tellReady } from './env/node/package/ready.ts'
import type { RunningProxy, StartProxyOptions } from './proxy/in-hand.ts'
import type { StartBrokerOptions } from './testing/options.ts'
import type { RunningBroker } from './testing/running-broker.ts'
import { startInHand } from './testing/start-in-hand.ts'

export type { ApiName, RequestOf, ResponseOf } from '../protocol/api-types.ts'
export type { ErrorName } from '../protocol/errors.ts'
export type { ClusterBroker, ClusterController } from './cluster/cluster-node.ts'
export type { NodeName } from './cluster/nodes.ts'
export type { NodeConfig, RunningCluster, StartClusterOptions } from './cluster/running-cluster.ts'
export { ConfigError, type KafkaRelease } from './config/index.ts'
export type { Logger } from './env/logger.ts'
export type { RunningProxy, StartProxyOptions } from './proxy/in-hand.ts'
export type {
  ConsumedRecord,
  GroupContent,
  RecordsOptions,
  RecordToProduce,
  TopicContent,
  WaitOptions,
} from './testing/content.ts'
export type { DiskFault, DiskOperation } from './testing/faults/disk-faults.ts'
export type { Faults } from './testing/faults/faults.ts'
export type { Match, RequestInfo } from './testing/faults/match.ts'
export type { NetworkCondition } from './testing/faults/network-faults.ts'
export type { Rule } from './testing/faults/rule.ts'
export type { Coordinated } from './testing/moves.ts'
export type { StartBrokerOptions } from './testing/options.ts'
export type { BrokerClock, RunningBroker } from './testing/running-broker.ts'
export type { BrokerTls } from './testing/throw-away-tls.ts'
export type { WitnessedRequest } from './testing/witness.ts'

/**
 * Starts a broker and resolves when it answers. Rejects with one clear sentence: a `ConfigError` for a bad
 * configuration, or what is wrong with the port or the data directory.
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  const broker = await startInHand(options, nodeEnvironment(), async (of) => {
    const { serveControl } = await import('./control/serve.ts')
    return serveControl(of)
  })
  tellReady()
  return broker
}

/**
 * Starts a proxy before any cluster of Kafka, on which the same faults can be made, and resolves when it listens. Rejects
 * with one clear sentence, as `startBroker` does.
 */
export async function startProxy(options: StartProxyOptions): Promise<RunningProxy> {
  const { startProxyInHand } = await import('./proxy/in-hand.ts')
  return startProxyInHand(options, nodeEnvironment())
}

/**
 * Starts a controller and brokers under it in this process, and resolves when all of them answer. Rejects with one clear
 * sentence, as `startBroker` does.
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<RunningCluster> {
  // One broker loads nothing of it.
  const { startClusterInHand } = await import('./cluster/running-cluster.ts')
  return startClusterInHand(options, nodeEnvironment())
}
