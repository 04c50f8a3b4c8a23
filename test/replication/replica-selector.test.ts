/** KIP-392: which replica a consumer is sent to. */
import { join } from 'node:path'
import t from 'tap'
import { openLog, records, temporaryDirectory } from '../../proof/log/support.ts'
import type { LeaderRole } from '../../src/replication/leader-role.ts'
import { Partition } from '../../src/replication/partition.ts'
import { rackAwareSelector } from '../../src/replication/replica-selector.ts'
import { replicaEnvironment, standingClock } from './support.ts'

const STATE = { leaderId: 1, leaderEpoch: 3, partitionEpoch: 0, inSyncReplicas: [1, 2, 3], replicas: [1, 2, 3, 4] }

t.test('the replica in the consumer’s rack that has most and is in sync; the leader where there is none', async (t) => {
  const log = await openLog({ directory: join(temporaryDirectory(t), 't-0') })
  t.teardown(() => log.close())
  log.attach(null)
  const { clock } = standingClock()
  const partition = new Partition(log, STATE, replicaEnvironment({ clock }))
  await new Promise<void>((resolve) => {
    partition.append(records(['a', 'b', 'c', 'd']), { acks: 1, origin: 'client' }, () => resolve())
  })
  const leader = partition.role as LeaderRole
  const racks = new Map<number, string>([
    [1, 'north'],
    [2, 'south'],
    [3, 'south'],
    [4, 'west'],
  ])
  const select = rackAwareSelector({ nodeId: 1, clock, rackOf: (id) => racks.get(id) })
  const fetched = (replicaId: number, offset: number, timeMs: number, logStartOffset = 0) =>
    leader.followerFetched(leader.follower(replicaId, true), {
      offset,
      logStartOffset,
      timeMs,
      brokerEpoch: -1n,
      leaderEndOffset: 4,
    })
  t.equal(select(leader, 0, 'south'), -1, 'nobody has fetched yet')
  fetched(2, 2, 1_000_000)
  fetched(3, 3, 1_000_000)
  fetched(4, 4, 1_000_000)
  t.equal(select(leader, 0, 'south'), 3)
  t.equal(select(leader, 0, 'north'), -1, 'the leader is there itself')
  t.equal(select(leader, 0, 'east'), -1)
  t.equal(select(leader, 0, ''), -1, 'who does not say where it is')
  t.equal(select(leader, 0, 'west'), -1, 'one that is not in sync serves nobody')
  t.equal(select(leader, 4, 'south'), -1, 'nobody else has the offset')
  fetched(3, 4, 999_000, 2)
  fetched(2, 4, 1_000_000)
  t.equal(select(leader, 2, 'south'), 2, 'of two that have as much, the one that was caught up last')
  racks.delete(2)
  t.equal(select(leader, 2, 'south'), 3, 'one that is fenced has no rack')
  t.equal(select(leader, 1, 'south'), -1, 'its log starts behind the offset')
})
