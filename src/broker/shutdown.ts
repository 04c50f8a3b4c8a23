import { logProgress } from '../log/manager/log-progress.ts'
import type { BrokerOptions } from './options.ts'
import type { Parts } from './parts.ts'

/**
 * The orderly stop, which goes through the parts that were started the other way round: push the last metrics, hand the
 * partitions over, end what waits by design, take no more connections and answer what is in flight, let the controller
 * finish, close the logs and release the locks. The clean shutdown marker is written last, with the epoch that this broker
 * had.
 */
export async function shutDown(parts: Parts, { config, environment, logger, onProgress }: BrokerOptions) {
  const { security, server, web, otlp, schemaRegistry, logs, controller, replicas, replication, coordinators } = parts
  const progress = onProgress ?? logProgress(environment.clock, logger)
  await otlp?.stop()
  await controller?.life.leave()
  // Long polls and members of a rebalance wait for others: the server waits for the rest.
  replicas?.stop()
  await replication?.stop()
  coordinators?.shares.stop()
  coordinators?.groups.stop()
  coordinators?.transactions.stop()
  for (const peers of coordinators?.peers ?? []) peers.close()
  for (const listener of security?.values() ?? []) listener.stop()
  await schemaRegistry?.stop()
  await web?.stop()
  await server?.stop(config.get('samsa.shutdown.timeout.ms'))
  await controller?.stop()
  await logs?.stop(Number(controller?.life.epoch ?? -1n), (done, total) => progress({ work: 'closing', done, total }))
}
