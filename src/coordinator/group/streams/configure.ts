/** A group's topology: brought by its members, and looked at beside the cluster's topics. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { StreamsGroupTopologyValue } from '../../../../protocol/messages/group-state-streams-group-topology.ts'
import { encodeVersioned } from '../../../../protocol/record-serde.ts'
import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import type { StreamsGroup } from './streams-group.ts'
import { type ConfiguredTopology, configureTopology } from './topology/configured-topology.ts'
import { requiredTopics, type Topology } from './topology/topology.ts'

const RECORD_VERSION = 0

/**
 * The topology that the group has after a heartbeat that may have brought one: the first one is written down. Throws
 * INVALID_REQUEST for another one: an application with a new topology needs a new group, as in Kafka.
 */
export function takeUpTopology({ effects }: GroupContext, group: StreamsGroup, sent: Topology | null): Topology {
  const { groupId, topology: known } = group
  if (sent === null) {
    if (known !== null) return known
    throw new Error(`Streams group ${groupId} has members and no topology`)
  }
  if (known === null) {
    effects.append({ kind: 'streams', type: 'topology', group: groupId, value: sent })
    return sent
  }
  if (known.epoch > sent.epoch || sameTopology(known, sent)) return known
  throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Topology updates are not supported yet.')
}

/** Their order does not matter to Kafka, which keeps subtopologies by id. */
function sameTopology(a: Topology, b: Topology): boolean {
  const bytes = (topology: Topology): Buffer => {
    const subtopologies = topology.subtopologies.toSorted((x, y) => (x.subtopologyId < y.subtopologyId ? -1 : 1))
    return encodeVersioned(StreamsGroupTopologyValue, RECORD_VERSION, { ...topology, subtopologies })
  }
  return bytes(a).equals(bytes(b))
}

/** Looks at the topics again when they may have changed. Throws STREAMS_INVALID_TOPOLOGY. */
export function configureGroup(
  { state, nowMs, topics }: GroupContext,
  group: StreamsGroup,
  topology: Topology,
): { configured: ConfiguredTopology; metadataHash: bigint } {
  const soft = state.streams.soft(group.groupId)
  const { metadataHash: before, epoch } = group.epoch
  const isDue = nowMs >= soft.refresh.atMs || epoch < soft.refresh.groupEpoch
  if (group.topology !== null && soft.configured !== null && !isDue) {
    return { configured: soft.configured, metadataHash: before }
  }
  const hash = metadataHash(requiredTopics(topology), topics)
  if (group.topology === null || soft.configured === null || hash !== before) {
    soft.configured = configureTopology(topology, hash, (topic) => topics.named(topic)?.partitionCount)
  }
  return { configured: soft.configured, metadataHash: hash }
}
