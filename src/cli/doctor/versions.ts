/** Versions: whether the broker and a client of today have a word in common, and which clients the broker refuses. */
import { FetchRequest } from '../../../protocol/messages/fetch.ts'
import { FindCoordinatorRequest } from '../../../protocol/messages/find-coordinator.ts'
import { ListOffsetsRequest } from '../../../protocol/messages/list-offsets.ts'
import { MetadataRequest } from '../../../protocol/messages/metadata.ts'
import { ProduceRequest } from '../../../protocol/messages/produce.ts'
import type { MessageSchema } from '../../../protocol/schema.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { chooseVersion } from '../../client/versions.ts'
import { metadataLevelName } from '../../config/release-versions.ts'
import { type Examining, type Finding, fine, problem } from './finding.ts'

/** Requests without which no client can work. */
const NEEDED: readonly MessageSchema[] = [
  MetadataRequest,
  ProduceRequest,
  FetchRequest,
  ListOffsetsRequest,
  FindCoordinatorRequest,
]
/** Requests among controllers, and of brokers to them. */
const VOTE = 52
const BROKER_REGISTRATION = 62
/** Apache 4.0 took away the versions before this one (KIP-896), and of Produce says that it has them all the same. */
const FIRST_FETCH_OF_2_1 = 4

export async function* examineVersions(connection: BrokerConnection): Examining<true> {
  const at = connection.address
  const has = (apiKey: number) => connection.versionsOf(apiKey) !== undefined
  if (!has(MetadataRequest.apiKey) && (has(VOTE) || has(BROKER_REGISTRATION))) {
    const says = 'It is the listener of a controller, which serves brokers and no clients.'
    yield problem(
      'versions',
      at,
      'controller-listener',
      says,
      'Connect to a listener of a broker: not to one that controller.listener.names names.',
    )
    return null
  }
  for (const request of NEEDED) {
    const finding = mismatch(connection, request)
    if (finding === null) continue
    yield finding
    return null
  }
  const refuses = (connection.versionsOf(FetchRequest.apiKey)?.minVersion ?? 0) >= FIRST_FETCH_OF_2_1
  const older = refuses ? ' Clients before 2.1 are refused (KIP-896).' : ''
  yield fine('versions', at, `${releaseOf(connection)}${older}`)
  return true
}

function mismatch(connection: BrokerConnection, request: MessageSchema): Finding | null {
  const theirs = connection.versionsOf(request.apiKey)
  if (chooseVersion(request, theirs) !== null) return null
  const name = request.name.replace(/Request$/, '')
  const at = connection.address
  const ours = `${request.minVersion} to ${request.maxVersion}`
  if (theirs === undefined) {
    const says = `It does not serve ${name}, without which clients cannot work.`
    return problem('versions', at, 'version-too-old', says, 'Connect to a broker of Kafka 2.1 or later.')
  }
  const says = `It speaks ${name} in versions ${theirs.minVersion} to ${theirs.maxVersion}, and clients of today in ${ours}.`
  return theirs.maxVersion < request.minVersion
    ? problem(
        'versions',
        at,
        'version-too-old',
        says,
        'Bring the broker to Kafka 2.1 or later, or take a client of its time.',
      )
    : problem('versions', at, 'version-too-new', says, 'Take a newer client.')
}

/** From the first answer: before a login brokers close the connection of whoever asks a second time. */
function releaseOf(connection: BrokerConnection): string {
  const level = connection.levelOf('metadata.version')
  return level === undefined
    ? 'It speaks versions that clients of today speak.'
    : `It speaks versions that clients of today speak; its cluster is at ${metadataLevelName(level)} (metadata.version).`
}
