/**
 * The way of a client, step by step, until one fails or all went well:
 *
 *     name ─ port ─ TLS, certificate ─ Kafka ─ versions, controller ─ login ─ cluster ─ clock
 *                                                                                 ├─ each advertised address, the same way
 *                                                                                 └─ topics and groups that are named
 *
 * Nothing is changed on the way, but for one thing that every consumer does: where a group is named and none has ever
 * been, Kafka makes its topic for offsets.
 */
import { MetadataRequest, MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import { examineAdvertised } from './advertised.ts'
import { clockFinding } from './clock.ts'
import { examineDoor } from './door.ts'
import { type Examining, type Finding, fine, problem, warning } from './finding.ts'
import { examineLogin } from './login.ts'
import { addressText, type Patient, wordsOf } from './patient.ts'
import { examineGroup, examineTopic } from './permissions.ts'
import { examineVersions } from './versions.ts'

export interface Complaint {
  readonly addresses: readonly Address[]
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

export async function* examine(patient: Patient, complaint: Complaint): AsyncGenerator<Finding, void, void> {
  let isClusterKnown = false
  for (const address of complaint.addresses) {
    const connection = yield* enter(patient, address)
    if (connection === null) continue
    try {
      // All addresses lead to the same brokers: one is enough to ask.
      if (isClusterKnown) await connection.request(MetadataRequest, MetadataResponse, { topics: [] })
      else yield* examineCluster(patient, complaint, address, connection)
      isClusterKnown = true
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      const says = `It stops answering: ${wordsOf(error)}.`
      yield problem('cluster', addressText(address), 'no-answer', says, 'Look at the log of the broker.')
    } finally {
      connection.close()
    }
  }
}

async function* enter(patient: Patient, address: Address): Examining<BrokerConnection> {
  const open = yield* examineDoor(patient, address)
  if (open === null) return null
  if ((yield* examineVersions(open)) === null) {
    open.close()
    return null
  }
  return yield* examineLogin(patient, address, open)
}

async function* examineCluster(
  patient: Patient,
  { topics, groups }: Complaint,
  address: Address,
  connection: BrokerConnection,
): AsyncGenerator<Finding, void, void> {
  const at = addressText(address)
  const { clock } = patient.environment
  const { brokers, clusterId, controllerId } = await connection.request(MetadataRequest, MetadataResponse, {
    topics: [],
  })
  if (brokers.length === 0) {
    const says = 'It knows of no broker that is alive, itself included.'
    yield problem(
      'cluster',
      at,
      'cluster-refused',
      says,
      'Wait for its start to end, and look at its log: the controller may not let it in.',
    )
    return
  }
  const count = brokers.length === 1 ? 'one broker' : `${brokers.length} brokers`
  yield fine('cluster', at, `It is of the cluster ${clusterId}, which has ${count}.`)
  if (controllerId < 0) {
    const says =
      'The cluster has no active controller: what there is can be written and read, and nothing can be created or moved.'
    yield warning(
      'cluster',
      at,
      'cluster-without-controller',
      says,
      'Look at the logs of the controllers (controller.quorum.…).',
    )
  }
  yield await clockFinding(connection, clock)
  yield* examineAdvertised(patient, { address, clusterId }, brokers)
  for (const topic of topics) yield* examineTopic(connection, topic)
  for (const group of groups) yield* examineGroup({ connection, clock, timeoutMs: patient.timeoutMs }, group)
}
