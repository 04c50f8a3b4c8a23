/** The clocks of both sides: the quorum's leader tells its own beside its place in the metadata log. */
import { CLUSTER_METADATA_TOPIC } from '../../../protocol/cluster-metadata-topic.ts'
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../../protocol/messages/describe-quorum.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import type { Clock } from '../../env/index.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** Longer than an answer takes. */
const TOLERANCE_MS = 5 * SECOND_MS
/** The default of `message.timestamp.after.max.ms`: later records are refused with INVALID_TIMESTAMP. */
const REFUSED_FROM_MS = 60 * MINUTE_MS

export async function clockFinding(connection: BrokerConnection, clock: Clock): Promise<Finding> {
  const at = connection.address
  const sentMs = clock.nowMs()
  const theirsMs = await leaderClock(connection)
  if (theirsMs === null) {
    return unknown('clock', at, 'Its clock is not told to this user (DescribeQuorum): compare the clocks by hand.')
  }
  const oursMs = (sentMs + clock.nowMs()) / 2
  const aheadMs = oursMs - theirsMs
  if (Math.abs(aheadMs) <= TOLERANCE_MS) return fine('clock', at, 'The clocks of both sides agree.')
  const says = `The clock of this machine is ${spanText(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of the cluster.`
  const remedy = 'Have both machines ask a time server (NTP).'
  if (aheadMs > REFUSED_FROM_MS) {
    return problem('clock', at, 'clock-differs', `${says} Records with times so late are refused.`, remedy)
  }
  return warning('clock', at, 'clock-differs', `${says} Times of records, retention and tokens go by it.`, remedy)
}

/** null: nobody tells it. */
async function leaderClock(connection: BrokerConnection): Promise<number | null> {
  const body = { topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] }
  try {
    const { topics } = await connection.request(DescribeQuorumRequest, DescribeQuorumResponse, body)
    const partition = topics[0]?.partitions[0]
    const leader = partition?.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)
    return leader === undefined || leader.lastCaughtUpTimestamp < 0n ? null : Number(leader.lastCaughtUpTimestamp)
  } catch (error) {
    if (error instanceof ClientError) return null
    throw error
  }
}

function spanText(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / SECOND_MS)} seconds`
  return ms < 2 * REFUSED_FROM_MS
    ? `${Math.round(ms / MINUTE_MS)} minutes`
    : `${Math.round(ms / REFUSED_FROM_MS)} hours`
}
