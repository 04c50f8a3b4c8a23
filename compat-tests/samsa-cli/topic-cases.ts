import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { cliOf, shape, table } from './cli.ts'

const ID = [/[\w-]{22}(?=\n)/g, 'ID'] as const

export const topicCases: readonly Case[] = [
  {
    name: 'topics: create, list, describe',
    smoke: true,
    async run(context) {
      const cli = cliOf(context)
      const [one, two] = [context.unique('one'), context.unique('two')]
      const names = [
        [one, 'ONE'],
        [two, 'TWO'],
      ] as const
      const dry = await cli.run('topics', 'create', one, '--partitions', '3', '--dry-run')
      assert.equal(shape(dry, ...names), 'ONE could be created with 3 partitions and 1 replica.')
      const made = await cli.run('topics', 'create', one, two, '-p', '3', '-r', '1', '-c', 'retention.ms=3600000')
      assert.equal(
        shape(made, ...names),
        table('Created ONE with 3 partitions and 1 replica.', 'Created TWO with 3 partitions and 1 replica.'),
      )
      assert.equal(
        shape(await cli.run('topics', 'list', one, two), ...names),
        table('TOPIC  PARTITIONS  REPLICAS  RECORDS', 'ONE  3  1  0', 'TWO  3  1  0'),
      )
      assert.deepEqual(await cli.json('topics', 'list', one, '--sizes'), [
        { topic: one, partitions: 3, replicas: 1, records: 0, isInternal: false, sizeBytes: 0 },
      ])
      assert.equal(
        shape(await cli.run('topics', 'describe', one), ...names, ID),
        table(
          'ONE',
          'topic id  ID',
          'partitions  3',
          'replicas  1',
          'configs  retention.ms=3600000',
          '',
          'PARTITION  LEADER  EPOCH  REPLICAS  IN SYNC  START  END',
          '0  1  0  1  1  0  0',
          '1  1  0  1  1  0  0',
          '2  1  0  1  1  0  0',
        ),
      )
      assert.match(await cli.run('topics', 'describe', one, '--under-replicated'), /no such partition/)
      const [described] = await cli.json('topics', 'describe', one, '--unavailable')
      assert.deepEqual(
        [described.topic, described.configs, described.partitions],
        [one, { 'retention.ms': '3600000' }, []],
      )
    },
  },
  {
    name: 'topics: alter, empty, delete, and refusals in a sentence',
    async run(context) {
      const cli = cliOf(context)
      const topic = context.unique('topic')
      const names = [[topic, 'T']] as const
      await cli.run('topics', 'create', topic, '--assignment', '1', '--assignment', '1')
      assert.equal(
        shape(await cli.run('topics', 'alter', topic, '-p', '4', '-c', 'cleanup.policy=compact'), ...names),
        table('Changed the configuration of T.', 'T has 4 partitions.'),
      )
      assert.equal(
        shape(await cli.run('topics', 'alter', topic, '--delete-config', 'cleanup.policy', '--dry-run'), ...names),
        'The configuration of T could change.',
      )
      assert.match(
        await cli.run('topics', 'alter', topic, '--replicas-on', '1', '--dry-run'),
        /would be: 0 on 1; 1 on 1/,
      )
      await cli.run('topics', 'alter', topic, '--delete-config', 'cleanup.policy')
      await cli.run('produce', topic, 'a', 'b', 'c', '--partition', '1')
      const preview = await cli.run('topics', 'empty', topic, '--dry-run')
      assert.match(
        shape(preview, ...names),
        /^TOPIC {2}PARTITION {2}START {2}WOULD START {2}TO DELETE\n[\s\S]*\nT {2}1 {2}0 {2}3 {2}3\n/,
      )
      await cli.run('topics', 'empty', topic)
      assert.deepEqual(
        (await cli.json('topics', 'list', topic)).map(({ records }) => records),
        [0],
      )
      assert.match(
        await cli.refused('topics', 'create', topic),
        /already exists.* \(TOPIC_ALREADY_EXISTS\): choose another name/,
      )
      assert.equal(shape(await cli.run('topics', 'create', topic, '--if-not-exists'), ...names), 'T is there already.')
      assert.match(await cli.refused('topics', 'create', 'no/slash'), /\(INVALID_TOPIC_EXCEPTION\): a name has letters/)
      assert.match(
        await cli.refused('topics', 'create', context.unique('x'), '-r', '5'),
        /\(INVALID_REPLICATION_FACTOR\)/,
      )
      assert.match(await cli.refused('topics', 'alter', topic, '-p', '2'), /\(INVALID_PARTITIONS\)/)
      assert.match(await cli.refused('topics', 'alter', topic, '-c', 'retention.ms=soon'), /\(INVALID_CONFIG\)/)
      assert.match(await cli.refused('topics', 'alter', topic), /Say what is to change/)
      assert.equal(shape(await cli.run('topics', 'delete', topic), ...names), 'Deleted T.')
      assert.match(
        await cli.refused('topics', 'delete', topic),
        /\(UNKNOWN_TOPIC_OR_PARTITION\): see samsa topics list/,
      )
      assert.equal(shape(await cli.run('topics', 'delete', topic, '--if-exists'), ...names), 'There was no T.')
      assert.match(await cli.refused('topics', 'describe', topic), /\(UNKNOWN_TOPIC_OR_PARTITION\)/)
    },
  },
]
