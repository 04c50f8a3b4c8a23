/** The topics and groups that a client is to work with: that they are there, and that this user may use them. */
import { AclOperation } from '../../../protocol/acl.ts'
import { ErrorCode, errorMessage, errorName, isRetriable } from '../../../protocol/errors.ts'
import { DescribeConfigsRequest, DescribeConfigsResponse } from '../../../protocol/messages/describe-configs.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import { MetadataRequest, MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import type { Clock } from '../../env/index.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import { plural } from '../print/quantity.ts'
import { type Examining, type Finding, fine, problem, unknown } from './finding.ts'
import { addressText } from './patient.ts'

type Topic = MetadataResponse['topics'][number]

/** The operations of this bit field were not asked for, or are not told. */
const NOT_TOLD = -2_147_483_648
const AUTHORIZED_OPERATIONS_VERSION = 8

const may = (bits: number, operation: keyof typeof AclOperation): boolean =>
  bits === NOT_TOLD || (bits & (1 << AclOperation[operation])) !== 0

export async function* examineTopic(connection: BrokerConnection, name: string): Examining<true> {
  const at = connection.address
  const { topics } = await connection.request(MetadataRequest, MetadataResponse, (version) => ({
    topics: [{ name }],
    allowAutoTopicCreation: false,
    ...(version >= AUTHORIZED_OPERATIONS_VERSION && { includeTopicAuthorizedOperations: true }),
  }))
  const [topic] = topics
  if (topic === undefined) {
    yield unknown('topic', at, `It says nothing of the topic ${name}.`)
    return null
  }
  const findings = topicFindings(at, name, topic)
  const isUsable = findings.every(({ verdict }) => verdict !== 'problem')
  if (isUsable) findings.push(...(await inSyncFindings(connection, name, topic)))
  yield* findings
  return isUsable ? true : null
}

function topicFindings(at: string, name: string, topic: Topic): Finding[] {
  const { errorCode, partitions, topicAuthorizedOperations: bits } = topic
  if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) {
    const says = `This user may not see the topic ${name}.`
    return [problem('topic', at, 'topic-forbidden', says, aclRemedy(`describe:topic:${name}`))]
  }
  if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || errorCode === ErrorCode.INVALID_TOPIC_EXCEPTION) {
    const says = `There is no topic ${name} (${errorName(errorCode)}).`
    return [
      problem('topic', at, 'topic-unknown', says, `See samsa topics list, or create it: samsa topics create ${name}.`),
    ]
  }
  const leaderless = partitions.filter(({ leaderId }) => leaderId < 0).map(({ partitionIndex }) => partitionIndex)
  if (errorCode !== ErrorCode.NONE || leaderless.length > 0) {
    const says = `The topic ${name} has partitions without a leader (${leaderless.join(', ') || errorName(errorCode)}): they can neither be written nor read.`
    return [
      problem(
        'topic',
        at,
        'topic-without-leader',
        says,
        'Start the brokers that have its replicas: see samsa topics describe.',
      ),
    ]
  }
  const [reads, writes] = [may(bits, 'READ'), may(bits, 'WRITE')]
  if (!reads && !writes) {
    const says = `This user may neither read nor write the topic ${name}.`
    return [problem('topic', at, 'topic-forbidden', says, aclRemedy(`read,write:topic:${name}`))]
  }
  const rights = reads && writes ? 'read and write' : reads ? 'read and not write' : 'write and not read'
  const count = plural(partitions.length, 'partition')
  return [fine('topic', at, `This user may ${rights} the topic ${name}, which has ${count}.`)]
}

const aclRemedy = (acl: string): string => `Ask for an ACL: samsa acls create 'NAME:${acl}'.`

/** Replicas that are behind refuse what is to be on enough of them. */
async function inSyncFindings(connection: BrokerConnection, name: string, { partitions }: Topic): Promise<Finding[]> {
  const fewest = partitions.reduce((least, { isrNodes }) => Math.min(least, isrNodes.length), Number.POSITIVE_INFINITY)
  const resources = [
    { resourceType: ConfigResourceType.TOPIC, resourceName: name, configurationKeys: ['min.insync.replicas'] },
  ]
  const { results } = await connection.request(DescribeConfigsRequest, DescribeConfigsResponse, { resources })
  // A user who may not see configurations is told nothing of them.
  const least = Number(results[0]?.configs[0]?.value ?? 0)
  if (fewest >= least) return []
  const says = `The topic ${name} has partitions with ${plural(fewest, 'replica')} in sync where min.insync.replicas asks for ${least}: writes with acks=all are refused.`
  return [
    problem(
      'topic',
      connection.address,
      'topic-under-min-isr',
      says,
      'Start the brokers that have its replicas, or lower min.insync.replicas.',
    ),
  ]
}

/** Kafka makes its own topic for offsets when the first group comes, which takes a moment. */
const PAUSE_MS = 200
const GROUP_COORDINATOR = 0
const BATCHED_VERSION = 4

export interface GroupCase {
  readonly connection: BrokerConnection
  readonly clock: Clock
  readonly timeoutMs: number
}

export async function* examineGroup(each: GroupCase, groupId: string): Examining<true> {
  const { connection } = each
  const at = connection.address
  const found = await coordinatorOf(each, groupId)
  if (found.errorCode === ErrorCode.GROUP_AUTHORIZATION_FAILED || !(await mayRead(connection, groupId))) {
    const says = `This user may not read with the group ${groupId}.`
    yield problem('group', at, 'group-forbidden', says, aclRemedy(`read:group:${groupId}`))
    return null
  }
  if (found.errorCode !== ErrorCode.NONE) {
    const words = `${errorMessage(found.errorCode)}`.replace(/\.$/, '')
    const says = `Nobody coordinates the group ${groupId}: ${words} (${errorName(found.errorCode)}).`
    const remedy =
      'Look at the topic __consumer_offsets: offsets.topic.replication.factor must not be more than there are brokers.'
    yield problem('group', at, 'group-without-coordinator', says, remedy)
    return null
  }
  const where = addressText(found)
  yield fine(
    'group',
    at,
    `This user may read with the group ${groupId}, which broker ${found.nodeId} at ${where} coordinates.`,
  )
  return true
}

/** Nobody's heartbeat: it is refused to all who may not read with the group before anybody looks for the member. */
async function mayRead(connection: BrokerConnection, groupId: string): Promise<boolean> {
  const body = { groupId, generationId: -1, memberId: '' }
  const { errorCode } = await connection.request(HeartbeatRequest, HeartbeatResponse, body)
  return errorCode !== ErrorCode.GROUP_AUTHORIZATION_FAILED
}

async function coordinatorOf({ connection, clock, timeoutMs }: GroupCase, groupId: string) {
  const deadlineMs = clock.monotonicMs() + timeoutMs
  for (;;) {
    const answer = await connection.request(FindCoordinatorRequest, FindCoordinatorResponse, (version) => ({
      keyType: GROUP_COORDINATOR,
      ...(version < BATCHED_VERSION ? { key: groupId } : { coordinatorKeys: [groupId] }),
    }))
    const found = answer.coordinators[0] ?? answer
    if (!isRetriable(found.errorCode) || clock.monotonicMs() >= deadlineMs) return found
    await new Promise<void>((resolve) => clock.schedule(PAUSE_MS, resolve))
  }
}
