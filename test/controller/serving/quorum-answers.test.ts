/** The answers of the only voter, as Apache's KafkaRaftClient gives them where it leads a quorum of one. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import {
  addressed,
  leaderEpochError,
  leadershipError,
  type QuorumLeader,
  voteError,
} from '../../../src/controller/serving/quorum-answers.ts'

const DIRECTORY = 'HVSgDXszntSCU6JhO42y1g'
const OTHER = 'HVSgDXszntSCU6JhO42y2g'
const leader: QuorumLeader = { clusterId: 'cluster', leaderId: 3000, directoryId: DIRECTORY, leaderEpoch: 5 }
const partition = { partitionIndex: 0 }
const METADATA = { topicName: '__cluster_metadata', partitions: [partition] }

t.test('a request is for one cluster, and for the one partition of the metadata log', async (t) => {
  t.same(addressed(leader, { clusterId: 'cluster', topics: [METADATA] }), { partition })
  t.same(addressed(leader, { clusterId: null, topics: [METADATA] }), { partition })
  t.same(addressed(leader, { clusterId: 'another', topics: [METADATA] }), {
    errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
  })
  const invalid = { errorCode: ErrorCode.INVALID_REQUEST }
  t.same(addressed(leader, { clusterId: null, topics: [] }), invalid)
  t.same(addressed(leader, { clusterId: null, topics: [METADATA, METADATA] }), invalid)
  t.same(addressed(leader, { clusterId: null, topics: [{ ...METADATA, topicName: 'orders' }] }), invalid)
  t.same(
    addressed(leader, { clusterId: null, topics: [{ ...METADATA, partitions: [{ partitionIndex: 1 }] }] }),
    invalid,
  )
})

t.test('no vote is granted', async (t) => {
  const candidacy = {
    replicaEpoch: 6,
    replicaId: 3001,
    voterDirectoryId: DIRECTORY,
    lastOffsetEpoch: 5,
    lastOffset: 10n,
    preVote: false,
  }
  t.equal(voteError(leader, 3000, candidacy), ErrorCode.INCONSISTENT_VOTER_SET)
  t.equal(voteError(leader, 3000, { ...candidacy, replicaEpoch: 4, lastOffsetEpoch: 3 }), ErrorCode.FENCED_LEADER_EPOCH)
  t.equal(voteError(leader, 3001, candidacy), ErrorCode.INVALID_VOTER_KEY)
  t.equal(voteError(leader, 3000, { ...candidacy, voterDirectoryId: OTHER }), ErrorCode.INVALID_VOTER_KEY)
  t.equal(voteError(leader, 3000, { ...candidacy, lastOffset: -1n }), ErrorCode.INVALID_REQUEST)
  t.equal(voteError(leader, 3000, { ...candidacy, lastOffsetEpoch: 6 }), ErrorCode.INVALID_REQUEST)
  t.equal(
    voteError(leader, 3000, { ...candidacy, lastOffsetEpoch: 6, preVote: true }),
    ErrorCode.INCONSISTENT_VOTER_SET,
    'who only asks has not begun an epoch: the last one may be of now',
  )
})

t.test('nobody else leads', async (t) => {
  const claim = { leaderId: 3001, leaderEpoch: 6 }
  t.equal(leadershipError(leader, -1, claim), ErrorCode.INCONSISTENT_VOTER_SET)
  t.equal(leadershipError(leader, -1, { ...claim, leaderEpoch: 4 }), ErrorCode.FENCED_LEADER_EPOCH)
  t.equal(leadershipError(leader, -1, { ...claim, leaderId: -1 }), ErrorCode.INVALID_REQUEST)
  t.equal(leadershipError(leader, 3001, claim), ErrorCode.INVALID_VOTER_KEY)
})

t.test('an epoch is older, this one, or to come', async (t) => {
  t.equal(leaderEpochError(leader, 4), ErrorCode.FENCED_LEADER_EPOCH)
  t.equal(leaderEpochError(leader, 5), ErrorCode.NONE)
  t.equal(leaderEpochError(leader, 6), ErrorCode.UNKNOWN_LEADER_EPOCH)
})
