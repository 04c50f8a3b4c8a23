/** Static membership (KIP-345) and the leader that comes back (KIP-814), as in Apache's GroupMetadataManagerTest. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { GroupBench } from '../support/group-bench.ts'
import { normalized, play } from '../support/group-transcript.ts'

const { NONE } = ErrorCode

function transcript(name: string, expected: string, config: Parameters<typeof GroupBench.start>[0] = {}): void {
  t.test(name, async (t) => {
    const bench = await GroupBench.start(config)
    t.equal(await play(bench, expected), normalized(expected))
  })
}

transcript(
  'a follower that restarts takes its place without a rebalance; its old self is fenced',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > join g static=follower v=9
    classic 2 consumer range led by l l=L g=F
  < g join: generation 2 range follows l
  > sync g 2 static=follower
  < g sync: gets F
  > heartbeat f 2 static=follower
  < f heartbeat: FENCED_INSTANCE_ID
  > heartbeat f 2
  < f heartbeat: UNKNOWN_MEMBER_ID
  > heartbeat g 2 static=follower
  < g heartbeat: ok
  > join f static=follower
  < f join: FENCED_INSTANCE_ID
  > leave f.follower
  < leave: f.follower FENCED_INSTANCE_ID
  `,
)

transcript(
  'a leader that restarts: new clients skip the assignment, old ones do not know that they lead',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > join m static=leader v=9
    classic 2 consumer range led by m f=F m=L
  < m join: generation 2 range leads f m skipping
  > join n static=leader v=8
    classic 2 consumer range led by n f=F n=L
  < n join: generation 2 range follows m
  `,
)

transcript(
  'the restart cannot be written: the old member is still the one',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > fail NOT_ENOUGH_REPLICAS
  > join g static=follower
  < g join: COORDINATOR_NOT_AVAILABLE
  > heartbeat f 2 static=follower
  < f heartbeat: ok
  `,
)

transcript(
  'a restart with another protocol, or during a rebalance, rebalances',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  # range is still the only one in common
  > join g static=follower protocols=sticky:topic,range:topic
    classic 2 consumer range led by l l=L g=F
  < g join: generation 2 range follows l
  > join l static=leader protocols=sticky:topic,range:topic
  = classic PreparingRebalance
  # a parked join of the old self is answered; the follower has not rejoined
  > join m static=leader protocols=sticky:topic,range:topic
  < l join: FENCED_INSTANCE_ID
  > join g static=follower protocols=sticky:topic,range:topic
  < m join: generation 3 sticky leads g m
  < g join: generation 3 sticky follows m
  = classic CompletingRebalance
  `,
)

transcript(
  'a static member that is away keeps its place through a rebalance until its session ends',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > join l static=leader rebalance=2000 session=100000
  = classic PreparingRebalance
  # the rebalance timeout of the slowest member is a minute
  > wait 9000
  > wait 1000
  < l join: generation 3 range leads l
  = classic CompletingRebalance
  `,
)

transcript(
  'nobody but an absent static leader: the group waits and goes on without electing it',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > join f static=follower rebalance=5000 session=60000 protocols=range:x
  = classic PreparingRebalance
  > wait 10000
  < f join: generation 3 range leads f
  = classic CompletingRebalance
  `,
)

transcript(
  'an administrator removes a static member by its instance id',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > leave .follower .nobody
  < leave: .follower ok, .nobody UNKNOWN_MEMBER_ID
  = classic PreparingRebalance
  `,
)

transcript(
  'static members survive a restart of the coordinator under their ids',
  `
  > join l static=leader
    classic 0
  < l join: generation 1 range leads l
  = classic CompletingRebalance
  > join f static=follower
  = classic PreparingRebalance
  > join l static=leader
  < f join: generation 2 range follows l
  < l join: generation 2 range leads l f
  = classic CompletingRebalance
  > sync l 2 static=leader l=L f=F
    classic 2 consumer range led by l l=L f=F
  < l sync: gets L
  = classic Stable
  > sync f 2 static=follower
  < f sync: gets F
  > restart
  > heartbeat f 2 static=follower
  < f heartbeat: ok
  > join g static=follower
    classic 2 consumer range led by l l=L g=F
  < g join: generation 2 range follows l
  `,
)

t.test('a static member needs no second join and is named after its instance', async (t) => {
  const bench = await GroupBench.start()
  const joined = await bench.join({ groupInstanceId: 'worker-1' })
  t.match(joined.value, { errorCode: NONE, generationId: 1 })
  t.match(joined.value?.memberId, /^worker-1-/)
})
