/** An observer's view of the quorum, by the rules of KafkaRaftClient.maybeHandleCommonResponse. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { initialQuorum, judge } from '../../../src/controller/remote/observed-quorum.ts'

const at = (port: number) => ({ host: 'controller', port })
const answer = (leaderEpoch: number, leaderId: number, errorCode: number = ErrorCode.NONE) => ({
  errorCode,
  leaderEpoch,
  leaderId,
  leader: leaderId === -1 ? null : at(leaderId),
})

t.test('a leader is found, followed, and replaced by that of a later epoch', (t) => {
  let { quorum, verdict } = judge(initialQuorum(0), answer(3, 1, ErrorCode.NOT_LEADER_OR_FOLLOWER))
  t.same([quorum, verdict], [{ epoch: 3, leaderId: 1, leader: at(1) }, 'moved'])
  ;({ quorum, verdict } = judge(quorum, answer(3, 1)))
  t.same([quorum.leaderId, verdict], [1, 'use'])
  ;({ quorum, verdict } = judge(quorum, answer(4, -1, ErrorCode.FENCED_LEADER_EPOCH)))
  t.same([quorum, verdict], [{ epoch: 4, leaderId: -1, leader: null }, 'moved'], 'an election is under way')
  ;({ quorum, verdict } = judge(quorum, answer(4, 2)))
  t.same([quorum, verdict], [{ epoch: 4, leaderId: 2, leader: at(2) }, 'use'], 'found and used in one answer')
  t.end()
})

t.test('answers of the past and of those who know less say nothing', (t) => {
  const quorum = { epoch: 5, leaderId: 1, leader: at(1) }
  t.same(judge(quorum, answer(4, 2)), { quorum, verdict: 'stale' })
  t.same(judge(quorum, answer(5, 1, ErrorCode.UNKNOWN_LEADER_EPOCH)), { quorum, verdict: 'stale' })
  t.end()
})

t.test('an epoch has one leader', (t) => {
  const quorum = { epoch: 5, leaderId: 1, leader: at(1) }
  t.same(judge(quorum, answer(5, 2)), { quorum, verdict: 'refused' })
  t.same(judge(quorum, answer(5, -1, ErrorCode.BROKER_NOT_AVAILABLE)), { quorum, verdict: 'refused' })
  t.end()
})

t.test('an answer without an address keeps the one that is known', (t) => {
  const quorum = { epoch: 5, leaderId: 1, leader: at(1) }
  t.same(judge(quorum, { ...answer(5, 1), leader: null }).quorum, quorum)
  t.end()
})
