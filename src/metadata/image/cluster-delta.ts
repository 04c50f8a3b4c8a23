import type { BrokerRegistrationChangeRecord } from '../../../protocol/messages/broker-registration-change-record.ts'
import type { RegisterBrokerRecord } from '../../../protocol/messages/register-broker-record.ts'
import type { RegisterControllerRecord } from '../../../protocol/messages/register-controller-record.ts'
import { MetadataReplayError } from '../replay-error.ts'
import type { BrokerRegistration, ClusterImage } from './cluster-image.ts'

export function withBroker(cluster: ClusterImage, record: RegisterBrokerRecord): ClusterImage {
  const { brokerId, brokerEpoch, incarnationId, endPoints, features, rack } = record
  const { fenced, inControlledShutdown, isMigratingZkBroker, logDirs, cordonedLogDirs } = record
  return put(cluster, {
    brokerId,
    brokerEpoch,
    incarnationId,
    endPoints,
    features,
    rack,
    fenced,
    inControlledShutdown,
    isMigratingZkBroker,
    logDirs,
    cordonedLogDirs,
  })
}

export function withoutBroker(cluster: ClusterImage, brokerId: number, brokerEpoch: bigint): ClusterImage {
  registered(cluster, brokerId, brokerEpoch)
  return { ...cluster, brokers: cluster.brokers.delete(String(brokerId)) }
}

export function withFencing(cluster: ClusterImage, id: number, epoch: bigint, fenced: boolean): ClusterImage {
  return put(cluster, { ...registered(cluster, id, epoch), fenced })
}

/** In `fenced` and `inControlledShutdown` 0 means "as it is", 1 true, and -1, of `fenced` alone, false. */
export function withBrokerChange(cluster: ClusterImage, record: BrokerRegistrationChangeRecord): ClusterImage {
  const broker = registered(cluster, record.brokerId, record.brokerEpoch)
  return put(cluster, {
    ...broker,
    fenced: record.fenced === 0 ? broker.fenced : record.fenced === 1,
    inControlledShutdown: broker.inControlledShutdown || record.inControlledShutdown === 1,
    logDirs: record.logDirs.length > 0 ? record.logDirs : broker.logDirs,
    cordonedLogDirs: record.cordonedLogDirs ?? broker.cordonedLogDirs,
  })
}

export function withController(cluster: ClusterImage, record: RegisterControllerRecord): ClusterImage {
  const { controllerId, incarnationId, zkMigrationReady, endPoints, features } = record
  const registration = { controllerId, incarnationId, zkMigrationReady, endPoints, features }
  return { ...cluster, controllers: cluster.controllers.set(String(controllerId), registration) }
}

export function withoutController(cluster: ClusterImage, controllerId: number): ClusterImage {
  const id = String(controllerId)
  if (!cluster.controllers.has(id)) {
    throw new MetadataReplayError(`the removal of controller ${controllerId}, which is not registered`)
  }
  return { ...cluster, controllers: cluster.controllers.delete(id) }
}

const put = (cluster: ClusterImage, broker: BrokerRegistration): ClusterImage => ({
  ...cluster,
  brokers: cluster.brokers.set(String(broker.brokerId), broker),
})

function registered(cluster: ClusterImage, brokerId: number, brokerEpoch: bigint): BrokerRegistration {
  const broker = cluster.brokers.get(String(brokerId))
  if (broker === undefined || broker.brokerEpoch !== brokerEpoch) {
    throw new MetadataReplayError(`a change of broker ${brokerId} with epoch ${brokerEpoch}, which is not registered`)
  }
  return broker
}
