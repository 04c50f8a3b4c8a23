/** Lines of the log for who runs a broker: rebalances, leaders, slow requests, throttled clients; and none for nothing. */
import t from 'tap'
import { tellLeaderChanges } from '../../src/broker/metadata-followers/leader-changes.ts'
import { NotableRequests } from '../../src/dispatch/notable-requests.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../src/metadata/image/metadata-image.ts'
import type { PartitionRegistration } from '../../src/metadata/image/topics-image.ts'
import { imageWithTopics, requestContext } from '../api/support/api-bench.ts'
import { Bench } from '../config/effects/bench.ts'
import { subscription } from '../coordinator/support/group-bench.ts'
import { FakeClock, MemoryLogger } from '../server/support.ts'

async function coordinator(bench: Bench): Promise<void> {
  for (;;) {
    const { coordinators } = await bench.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g'] })
    if (coordinators[0].errorCode === 0) return
    await bench.runFor(100)
  }
}

t.test('a classic group that rebalances, a member that is silent, a group that is empty', async (t) => {
  const bench = await Bench.start({})
  await coordinator(bench)
  const protocols = [{ name: 'range', metadata: subscription('t') }]
  const join = {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols,
  }
  const { memberId } = await bench.ask('JoinGroup', 3, { ...join, memberId: '' })
  await bench.runFor(60_000)
  t.same(
    bench.log.lines.filter((line) => line.includes('group g')),
    [
      'Preparing to rebalance group g in state Empty with old generation 0',
      'Stabilized group g generation 1 with 1 members',
      `Member ${memberId} of group g has failed: its session has ended, it is removed`,
      'Preparing to rebalance group g in state CompletingRebalance with old generation 1',
      'The group g generation 2 is empty',
    ],
  )
})

t.test('a consumer group that is assigned anew, and a member of it that is silent', async (t) => {
  const bench = await Bench.start({})
  await bench.createTopic('t')
  await coordinator(bench)
  await bench.ask('ConsumerGroupHeartbeat', 1, {
    groupId: 'g',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: ['t'],
    topicPartitions: [],
  })
  await bench.runFor(60_000)
  t.same(
    bench.log.lines.filter((line) => line.includes('group g')),
    [
      'Assigned group g anew in epoch 2: 1 members, assignor uniform',
      'Member m of group g is fenced: its session has ended',
    ],
  )
})

t.test('a broker that nobody asks for anything says nothing', async (t) => {
  const bench = await Bench.start({})
  await bench.createTopic('t')
  await bench.produce('t', [{ value: 'a' }])
  // Until the idle connection of the client is closed, which is a line.
  await bench.runFor(900_000)
  const before = bench.log.lines.length
  await bench.runFor(3_600_000)
  t.same(bench.log.lines.slice(before), [])
})

/** The image with one partition of each topic changed. */
function withPartitions(image: MetadataImage, change: Partial<PartitionRegistration>): MetadataImage {
  const topics = [...image.topics].map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((partition) => ({ ...partition, ...change })),
  }))
  return { ...EMPTY_IMAGE, topics: EMPTY_IMAGE.topics.with([], topics) }
}

/** The lines of the change from one registration of a topic's partitions to another. */
function leaderLines(partitions: number, was: Partial<PartitionRegistration>, now: Partial<PartitionRegistration>) {
  const { lines, logger } = new MemoryLogger()
  const before = withPartitions(imageWithTopics({ log: partitions }), { replicas: [1, 2], isr: [1, 2], ...was })
  const after = withPartitions(before, now)
  const topic = (image: MetadataImage) => {
    const found = image.topics.get('log')
    if (found === undefined) throw new Error('the topic is not there')
    return found
  }
  const nothing = { createdTopics: [], deletedTopics: [], changedConfigs: [], changedAcls: [] }
  tellLeaderChanges(
    logger,
    1,
  )({ ...nothing, before, after, changedTopics: [{ before: topic(before), after: topic(after) }] })
  return lines
}

t.test('other leaders, and other in-sync replicas of what is led here', (t) => {
  const elected = { leader: 2, leaderEpoch: 5, isr: [2] }
  t.same(leaderLines(1, {}, elected), [
    'Partition log-0: broker 2 leads it after broker 1, in leader epoch 5, with the in-sync replicas 2',
  ])
  t.same(leaderLines(1, { leader: 2 }, { leader: -1, leaderEpoch: 6, isr: [2] }), [
    'Partition log-0: nobody leads it after broker 2, in leader epoch 6, with the in-sync replicas 2',
  ])
  t.same(leaderLines(1, {}, { isr: [1] }), ['Partition log-0: Shrinks its in-sync replicas from 1, 2 to 1'])
  t.same(leaderLines(1, { isr: [1] }, { isr: [1, 2] }), [
    'Partition log-0: Expands its in-sync replicas from 1 to 1, 2',
  ])
  t.same(leaderLines(1, { leader: 2 }, { isr: [2] }), [], 'its leader tells it')
  t.same(leaderLines(1, { replicas: [2, 3] }, elected), [], 'there is no replica of it here')
  t.equal(leaderLines(100, {}, elected).length, 6)
  t.equal(leaderLines(100, {}, elected)[5], '95 more partitions have other leaders or other in-sync replicas')
  t.end()
})

t.test('a slow request and a throttled client, and how often more, half a minute later', (t) => {
  const { lines, logger } = new MemoryLogger()
  const clock = new FakeClock()
  const notable = new NotableRequests(clock, logger)
  const context = requestContext(0, 9)
  notable.took('Produce', context, 999, 1)
  t.same(lines, [])
  for (let i = 0; i < 3; i++) {
    notable.took('Produce', context, 1500.4, 2)
    notable.throttled('Produce', context, 200)
    clock.advance(5_000)
  }
  clock.advance(30_000)
  notable.took('Produce', context, 1500.4, 2)
  notable.throttled('Fetch', context, 100)
  t.same(lines, [
    'Slow request: Produce v9 of client client at 127.0.0.1 took 1500 ms, 2 of them before it waited for others',
    'Client client of User:ANONYMOUS is beyond its quota, and throttled for 200 ms (Produce)',
    'Slow request: Produce v9 of client client at 127.0.0.1 took 1500 ms, 2 of them before it waited for others; 2 others of Produce were slow',
    'Client client of User:ANONYMOUS is beyond its quota, and throttled for 100 ms (Fetch); it was 2 times more',
  ])
  t.end()
})
