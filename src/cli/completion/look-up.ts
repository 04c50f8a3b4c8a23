/** Names that only the cluster, or a file, knows. */
import { ListGroupsRequest, ListGroupsResponse } from '../../../protocol/messages/list-groups.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { catalogue } from '../../config/index.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { openCluster } from '../cluster/connection.ts'
import { readProfiles } from '../cluster/profiles.ts'
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
  const client = await openCluster(
    {
      bootstrapServer: given.get('--bootstrap-server'),
      profile: given.get('--profile'),
      commandConfig: given.get('--command-config'),
      timeout: PATIENCE_MS,
    },
    nodeEnvironment(),
  )
  try {
    return await askCluster(kind, client)
  } finally {
    client.close()
  }
}

async function askCluster(kind: Kind, client: ClusterClient): Promise<Candidate[]> {
  const { brokers, topics } = await client.metadata(kind === 'topic' ? null : [])
  if (kind === 'topic') return topics.flatMap(({ name }) => (name === null ? [] : [{ word: name }]))
  if (kind === 'broker')
    return brokers.map(({ nodeId, host, port }) => ({ word: `${nodeId}`, description: `${host}:${port}` }))
  if (kind !== 'group') return []
  const answers = await Promise.all(
    brokers.map(({ nodeId }) => client.request({ to: 'broker', nodeId }, ListGroupsRequest, ListGroupsResponse, {})),
  )
  return answers.flatMap(({ groups }) => groups.map(({ groupId }) => ({ word: groupId })))
}
