/** APIs of streams groups (KIP-1071). */
import { streamsTopology } from '../streams-topology.ts'
import { NAMES, type PermissionRequest, type Requests } from '../world.ts'

const GROUPS = [...NAMES.map((name) => `${name}-streamers`), 'mine-absent', 'theirs-absent']

const StreamsGroupHeartbeat: Requests = (world) => {
  let groups = 0
  const join = (label: string, name: string, topology: object): PermissionRequest => ({
    label,
    body: {
      // All members of a group have the same topology.
      groupId: `${name}-streaming-${world.count}-${++groups}`,
      memberId: `streaming-${world.count}`,
      memberEpoch: 0,
      endpointInformationEpoch: -1,
      rebalanceTimeoutMs: 600_000,
      processId: 'process',
      topology,
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
    },
  })
  return [
    join('of both topics', 'mine', streamsTopology(NAMES)),
    join('of one topic', 'mine', streamsTopology(['mine'])),
    join('of a foreign group', 'theirs', streamsTopology(['mine'])),
    join('with a changelog of its own', 'mine', streamsTopology(['mine'], `mine-changelog-${world.count}`)),
    join('with a foreign changelog', 'mine', streamsTopology(['mine'], `theirs-changelog-${world.count}`)),
  ]
}

const StreamsGroupDescribe: Requests = () => [
  { label: 'with operations', body: { groupIds: GROUPS, includeAuthorizedOperations: true } },
]

const StreamsGroupTopologyDescriptionUpdate: Requests = () =>
  GROUPS.map((groupId) => ({
    label: groupId,
    body: {
      groupId,
      memberId: 'stranger',
      topologyEpoch: 0,
      topologyDescription: { subtopologies: [], globalStores: [] },
    },
  }))

export const streamsRequests: Readonly<Record<string, Requests>> = {
  StreamsGroupHeartbeat,
  StreamsGroupDescribe,
  StreamsGroupTopologyDescriptionUpdate,
}
