import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
import { numbered, Session, values } from '../kafkajs/session.ts'
import { apacheBroker } from '../support/apache.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { caseDirectory, Worker, writeProperties } from './worker.ts'

export const mirrorCases = (libraries: JavaLibraries): Case[] => [
  {
    name: 'MirrorMaker 2: topics, records, configs and offsets of groups, from an Apache cluster',
    timeoutMs: 240_000,
    run: (context) => mirror(libraries, context),
  },
]

async function mirror(libraries: JavaLibraries, context: CaseContext): Promise<void> {
  const source = await apacheBroker()
  context.after(() => source.dispose())
  await source.start()
  const from = new Session(context, { brokers: [source.bootstrapServers] })
  const to = new Session(context)
  const topic = await from.topic({ partitions: 2, config: { 'retention.ms': '7200000' } })
  await from.send(topic, numbered('mirrored', 100, 10))
  const group = context.unique('mirrored-group')
  assert.equal((await from.read(topic, 100, { groupId: group })).length, 100)
  const directory = await caseDirectory(context)
  const file = await writeProperties(join(directory, 'mirror.properties'), {
    clusters: 'source, target',
    'source.bootstrap.servers': source.bootstrapServers,
    'target.bootstrap.servers': context.broker.bootstrapServers,
    'source->target.enabled': 'true',
    'target->source.enabled': 'false',
    'source->target.topics': topic,
    'source->target.groups': group,
    'source->target.sync.group.offsets.enabled': 'true',
    'source->target.sync.group.offsets.interval.seconds': '1',
    'source->target.emit.checkpoints.interval.seconds': '1',
    'source->target.refresh.topics.interval.seconds': '2',
    'source->target.refresh.groups.interval.seconds': '2',
    'source->target.sync.topic.configs.interval.seconds': '2',
    'replication.factor': '1',
    'checkpoints.topic.replication.factor': '1',
    'heartbeats.topic.replication.factor': '1',
    'offset-syncs.topic.replication.factor': '1',
    'config.storage.replication.factor': '1',
    'offset.storage.replication.factor': '1',
    'status.storage.replication.factor': '1',
    'offset.flush.interval.ms': '1000',
    'auto.offset.reset': 'earliest',
  })
  const maker = await Worker.start(libraries, context, directory, ['org.apache.kafka.connect.mirror.MirrorMaker', file])
  const copy = `source.${topic}`
  const admin = await to.admin()
  await maker.until('the copied topic', async () => (await admin.listTopics()).includes(copy), 90_000)
  const received = await to.read(copy, 100)
  assert.deepEqual(
    values(received).sort(),
    numbered('mirrored', 100)
      .map(({ value }) => value)
      .sort(),
  )
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: copy, configNames: ['retention.ms'] }],
  })
  assert.equal(resources[0].configEntries[0].configValue, '7200000')
  await from.send(topic, numbered('later', 20, 10))
  assert.equal((await to.read(copy, 120)).length, 120)
  await maker.until('the offsets of the group', async () => {
    const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [copy] })
    return offsets?.partitions.some(({ offset }) => Number(offset) > 0)
  })
  assert.ok((await admin.listTopics()).includes('heartbeats'))
}
