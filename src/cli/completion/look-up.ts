/** Names that only the cluster, or a file, knows. */
import { ListGroupsRequest, ListGroupsResponse } from '../../../protocol/messages/list-groups.ts'
import { describeUsers } from '../../client/admin/users.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { catalogue } from '../../config/index.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { openCluster } from '../cluster/connection.ts'
import type { CommonOptions } from '../cluster/context.ts'
import { readProfiles } from '../cluster/profiles.ts'
import { listTransactions } from '../transactions/coordinators.ts'
import type { Candidate, Completion } from './candidates.ts'

type Kind = NonNullable<Completion['lookUp']>

/** The wait of somebody who has pressed a key. */
const PATIENCE_MS = 1_000

export async function lookUp(kind: Kind, given: Completion['given']): Promise<Candidate[]> {
  if (kind === 'profile') {
    const profiles = await readProfiles(nodeEnvironment().files, process.env)
    return [...(profiles?.byName.keys() ?? [])].map((word) => ({ word }))
  }
  if (kind === 'config') return [...new Set(catalogue().map(({ name }) => name))].map((word) => ({ word }))
  if (kind === 'topic-config') {
    return catalogue().flatMap(({ scope, name }) => (scope === 'topic' ? [{ word: `${name}=` }] : []))
  }
  const client = await openCluster(connectionOf(given), nodeEnvironment())
  try {
    return await askCluster(kind, client)
  } finally {
    client.close()
  }
}

/** The options of the connection, as the line has them so far. */
function connectionOf(given: Completion['given']): CommonOptions {
  const property = given.get('--property')
  return {
    bootstrapServer: given.get('--bootstrap-server'),
    profile: given.get('--profile'),
    commandConfig: given.get('--command-config'),
    user: given.get('--user'),
    mechanism: given.get('--mechanism'),
    tls: given.has('--tls'),
    tlsCa: given.get('--tls-ca'),
    tlsCert: given.get('--tls-cert'),
    tlsKey: given.get('--tls-key'),
    timeout: PATIENCE_MS,
    ...(property !== undefined && { property: [property] }),
  }
}

async function askCluster(kind: Kind, client: ClusterClient): Promise<Candidate[]> {
  const { brokers, topics } = await client.metadata(kind === 'topic' ? null : [])
  if (kind === 'topic') return topics.flatMap(({ name }) => (name === null ? [] : [{ word: name }]))
  if (kind === 'broker')
    return brokers.map(({ nodeId, host, port }) => ({ word: `${nodeId}`, description: `${host}:${port}` }))
  if (kind === 'user') {
    // A user may have credentials of two mechanisms.
    const names = new Set((await describeUsers(client, null)).map(({ name }) => name))
    return [...names].map((word) => ({ word }))
  }
  if (kind === 'transactional-id') {
    return (await listTransactions(client, {})).map(({ transactionalId: word }) => ({ word }))
  }
  if (kind !== 'group') return []
  const answers = await Promise.all(
    brokers.map(({ nodeId }) => client.request({ to: 'broker', nodeId }, ListGroupsRequest, ListGroupsResponse, {})),
  )
  return answers.flatMap(({ groups }) => groups.map(({ groupId }) => ({ word: groupId })))
}
