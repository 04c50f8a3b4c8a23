/** KIP-73: which replicas are held back, and when. */
import t from 'tap'
import { DEFAULT_LOG_CONFIG } from '../../src/log/log-config.ts'
import { RateThrottle } from '../../src/replication/replication-throttle.ts'
import { standingClock } from './support.ts'

function throttle(rate: number, side: 'leader' | 'follower' = 'leader') {
  const time = standingClock()
  const state = { rate }
  const options = { clock: time.clock, nodeId: 1, side, bytesPerSecond: () => state.rate, samples: 3, sampleMs: 1000 }
  return { time, state, throttle: new RateThrottle(options) }
}

t.test('{leader,follower}.replication.throttled.replicas name the replicas, each for its side', (t) => {
  const partition = (replicas: string[], others: string[] = []) => ({
    partition: 4,
    log: {
      config: {
        ...DEFAULT_LOG_CONFIG,
        leaderReplicationThrottledReplicas: replicas,
        followerReplicationThrottledReplicas: others,
      },
    },
  })
  const { throttle: leader } = throttle(1)
  const { throttle: follower } = throttle(1, 'follower')
  t.equal(leader.isThrottled(partition([])), false)
  t.equal(leader.isThrottled(partition(['*'])), true)
  t.equal(leader.isThrottled(partition(['4:2', '4:1'])), true)
  t.equal(leader.isThrottled(partition(['4:2', '5:1'])), false)
  t.equal(leader.isThrottled(partition([], ['*'])), false)
  t.equal(follower.isThrottled(partition([], ['4:1'])), true)
  t.equal(follower.isThrottled(partition(['*'])), false)
  t.end()
})

t.test('replication.quota.window.* are the samples over which the rate is looked at', (t) => {
  const { throttle: limit, time, state } = throttle(100)
  t.equal(limit.isExceeded(), false)
  limit.record(100)
  t.equal(limit.isExceeded(), false, 'the rate itself is allowed')
  limit.record(1)
  t.equal(limit.isExceeded(), true)
  time.advance(1010)
  t.equal(limit.isExceeded(), false, 'on average over the time that has gone by')
  limit.record(150)
  t.equal(limit.isExceeded(), true)
  time.advance(1990)
  t.equal(limit.isExceeded(), false, 'the first sample is forgotten, and what is left is little')
  state.rate = 10
  t.equal(limit.isExceeded(), true, 'a rate that is lowered holds at once')
  time.advance(3000)
  t.equal(limit.isExceeded(), false)
  t.end()
})
