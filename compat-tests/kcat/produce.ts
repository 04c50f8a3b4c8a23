import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../support/wait.ts'
import type { KcatCase } from './session.ts'
import { numbered } from './session.ts'

const contents: KcatCase[] = [
  {
    name: 'produce: one key for all, keys of their own, none',
    async run(kcat) {
      const topic = kcat.context.unique('keys')
      await kcat.produce(topic, ['a', 'b'], '-k', 'same')
      await kcat.produce(topic, ['k1|c', 'k2|d|e', '|f', 'g'], '-K', '|')
      assert.deepEqual(await kcat.consume(topic, '-f', '%K/%k=%s\n'), [
        '4/same=a',
        '4/same=b',
        '2/k1=c',
        '2/k2=d|e',
        '0/=f',
        '-1/=g',
      ])
    },
  },
  {
    name: 'produce: null and empty are not the same',
    async run(kcat) {
      const topic = kcat.context.unique('nulls')
      await kcat.produce(topic, ['k1:', ':v2', ':'], '-K', ':')
      await kcat.produce(topic, ['k1:', ':v2', ':'], '-K', ':', '-Z')
      assert.deepEqual(await kcat.consume(topic, '-f', '%K %S\n'), ['2 0', '0 2', '0 0', '2 -1', '-1 2', '-1 -1'])
      const shown = (await kcat.consume(topic, '-J')).map((line) => JSON.parse(line))
      assert.deepEqual(
        shown.slice(3).map((one) => [one.key, one.payload]),
        [
          ['k1', null],
          [null, 'v2'],
          [null, null],
        ],
      )
      assert.deepEqual(await kcat.consume(topic, '-Z', '-o', '5', '-p', '0', '-K', ':'), ['NULL:NULL'])
    },
  },
  {
    name: 'produce: headers, one name twice, without a value',
    async run(kcat) {
      const topic = kcat.context.unique('headers')
      await kcat.produce(topic, ['x'], '-H', 'name=one', '-H', 'name=two', '-H', 'empty=', '-H', 'none')
      await kcat.produce(topic, ['y'])
      const [first, second] = (await kcat.consume(topic, '-J')).map((line) => JSON.parse(line))
      assert.deepEqual(first.headers, ['name', 'one', 'name', 'two', 'empty', '', 'none', null])
      assert.equal(second.headers, undefined)
      assert.deepEqual(await kcat.consume(topic, '-f', '%h\n', '-c', '1'), ['name=one,name=two,empty=,none=NULL'])
    },
  },
  {
    name: 'produce: partitions by number, by key and at random',
    async run(kcat) {
      const topic = await kcat.topic({ partitions: 3 })
      for (const partition of ['0', '1', '2']) await kcat.produce(topic, numbered(`p${partition}`, 4), '-p', partition)
      for (const partition of ['0', '1', '2']) {
        assert.deepEqual(await kcat.consume(topic, '-p', partition), numbered(`p${partition}`, 4))
      }
      const messages = Array.from({ length: 60 }, (_, i) => `key${i % 12}:${i}`)
      for (const partitioner of ['consistent', 'murmur2']) {
        const keyed = await kcat.topic({ partitions: 3 })
        await kcat.produce(keyed, messages, '-K', ':', '-X', `partitioner=${partitioner}`)
        const places = await kcat.consume(keyed, '-f', '%k in %p\n')
        assert.equal(places.length, 60)
        assert.equal(new Set(places).size, 12)
      }
      const spread = await kcat.topic({ partitions: 3 })
      await kcat.produce(
        spread,
        numbered('any', 300),
        '-X',
        'partitioner=random',
        '-X',
        'sticky.partitioning.linger.ms=0',
      )
      const found = await kcat.consume(spread, '-f', '%p %s\n')
      assert.equal(found.length, 300)
      assert.equal(new Set(found.map((line) => line[0])).size, 3)
    },
  },
  {
    name: 'produce: files as messages, a file of lines, delimiters of ones own, a count',
    async run(kcat) {
      const topic = kcat.context.unique('files')
      const files = ['first', 'second'].map((name) => join(kcat.context.broker.home, `${topic}-${name}`))
      for (const file of files) await writeFile(file, `whole\n${file.split('-').at(-1)}\n`)
      await kcat.output(['-P', '-t', topic, ...files])
      assert.equal(await kcat.output(['-C', '-q', '-e', '-t', topic, '-D', ';']), 'whole\nfirst\n;whole\nsecond\n;')
      const listed = kcat.context.unique('listed')
      await kcat.output(['-P', '-t', listed, '-l', files[0]])
      assert.deepEqual(await kcat.consume(listed), ['whole', 'first'])
      const delimited = kcat.context.unique('delimited')
      await kcat.output(['-P', '-t', delimited, '-D', ';;', '-c', '3'], 'a\nb;;c;;d;;e;;')
      assert.deepEqual(await kcat.consume(delimited, '-f', '[%s]\n'), ['[a', 'b]', '[c]', '[d]'])
      const tee = kcat.context.unique('tee')
      assert.equal(await kcat.produce(tee, ['x', 'y'], '-T'), 'xy')
    },
  },
  {
    name: 'produce: batches of one, and batches of thousands, in every codec mixed in one topic',
    async run(kcat) {
      const topic = kcat.context.unique('mixed')
      const sent: string[] = []
      for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
        const [few, many] = [numbered(`${codec} alone`, 10), numbered(`${codec} together`, 3_000)]
        await kcat.produce(topic, few, '-z', codec, '-X', 'batch.num.messages=1')
        await kcat.produce(topic, many, '-z', codec, '-X', 'linger.ms=50')
        sent.push(...few, ...many)
      }
      assert.deepEqual(await kcat.consume(topic, '-X', 'check.crcs=true'), sent)
      const middle = Math.floor(sent.length / 2)
      assert.deepEqual(
        await kcat.consume(topic, '-p', '0', '-o', `${middle}`, '-c', '5'),
        sent.slice(middle, middle + 5),
      )
    },
  },
  {
    name: 'produce: a topic that compresses by itself, and one that stamps by itself',
    async run(kcat) {
      const gzip = await kcat.topic({ config: { 'compression.type': 'gzip' } })
      await kcat.produce(gzip, numbered('again', 500), '-z', 'lz4')
      await kcat.produce(gzip, numbered('plain', 500))
      assert.deepEqual(await kcat.consume(gzip), [...numbered('again', 500), ...numbered('plain', 500)])
      const stamped = await kcat.topic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
      const before = Date.now()
      await kcat.produce(stamped, ['now'])
      const [shown] = (await kcat.consume(stamped, '-J')).map((line) => JSON.parse(line))
      assert.equal(shown.tstype, 'logappend')
      assert.ok(shown.ts >= before - 1_000 && shown.ts <= Date.now() + 1_000)
    },
  },
]

const refusals: KcatCase[] = [
  {
    name: 'produce: a message that is too large for the broker, and for its topic',
    smoke: true,
    async run(kcat) {
      const topic = kcat.context.unique('large')
      await kcat.produce(topic, ['small'])
      const large = 'x'.repeat(2_000_000)
      const roomy = ['-X', 'message.max.bytes=3000000']
      assert.match(await kcat.complaint(['-P', '-t', topic, ...roomy], large), /Message size too large/)
      const little = await kcat.topic({ config: { 'max.message.bytes': '500' } })
      assert.match(await kcat.complaint(['-P', '-t', little], 'y'.repeat(1_000)), /Message size too large/)
      const much = await kcat.topic({ config: { 'max.message.bytes': '3000000' } })
      await kcat.produce(much, [large], ...roomy)
      assert.deepEqual(await kcat.consume(topic), ['small'])
      assert.deepEqual(await kcat.consume(little), [])
      assert.equal((await kcat.consume(much))[0].length, 2_000_000)
    },
  },
  {
    name: 'produce: no key on a compacted topic, a name that cannot be, a partition that is not',
    async run(kcat) {
      const compacted = await kcat.topic({ config: { 'cleanup.policy': 'compact' } })
      assert.match(await kcat.complaint(['-P', '-t', compacted], 'no key\n'), /failed to validate record/)
      await kcat.produce(compacted, ['k:v'], '-K', ':')
      assert.deepEqual(await kcat.consume(compacted), ['v'])
      const impatient = ['-X', 'message.timeout.ms=3000', '-X', 'topic.metadata.propagation.max.ms=500']
      // A message that comes after the broker's answer fails with librdkafka's own "Unknown topic": its log has the answer.
      const logged = [...impatient, '-X', 'debug=metadata']
      assert.match(await kcat.complaint(['-P', '-t', 'with a blank', ...logged], 'x\n'), /Invalid topic/)
      assert.match(await kcat.complaint(['-P', '-t', compacted, '-p', '7', ...impatient], 'x\n'), /Unknown partition/)
      assert.match(await kcat.complaint(['-P', '-t', compacted, '-z', 'rar'], 'x\n'), /compression.codec/)
    },
  },
  {
    // Where a topic asks for more replicas in sync than it has, all that it has are enough (KIP-966).
    name: 'produce: acks all where more replicas must be in sync than there are',
    async run(kcat) {
      const topic = await kcat.topic({ config: { 'min.insync.replicas': '2' } })
      await kcat.produce(topic, ['x'], '-X', 'acks=all', '-X', 'retries=0')
      await kcat.produce(topic, ['y'], '-X', 'acks=1')
      assert.deepEqual(await kcat.consume(topic), ['x', 'y'])
    },
  },
  {
    name: 'produce: timestamps out of bounds are refused',
    async run(kcat) {
      const topic = await kcat.topic({
        config: { 'message.timestamp.before.max.ms': '1', 'message.timestamp.after.max.ms': '1' },
      })
      const slow = ['-P', '-t', topic, '-X', 'linger.ms=300', '-X', 'retries=0']
      assert.match(await kcat.complaint(slow, 'too old by then\n'), /timestamp/i)
      assert.deepEqual(await kcat.consume(topic), [])
    },
  },
]

const transactions: KcatCase[] = [
  {
    name: 'transactions: one that is open hides itself and what follows it, the next of its id aborts it',
    smoke: true,
    async run(kcat) {
      const topic = kcat.context.unique('open')
      const id = kcat.context.unique('id')
      const [committed, uncommitted] = ['read_committed', 'read_uncommitted'].map((level) => [
        '-X',
        `isolation.level=${level}`,
      ])
      await kcat.produce(topic, numbered('kept', 3), '-X', `transactional.id=${id}`)
      const open = kcat.start('-P', '-t', topic, '-X', `transactional.id=${id}`)
      // kcat reads its input in large pieces.
      open.child.stdin.write(`${numbered('lost', 5_000).join('\n')}\n`)
      await eventually('the open transaction', async () => {
        const seen = await kcat.consume(topic, ...uncommitted)
        return seen.includes('lost-0')
      })
      await kcat.produce(topic, ['plain'])
      assert.deepEqual(await kcat.consume(topic, ...committed), numbered('kept', 3))
      open.child.kill('SIGKILL')
      await open.ended
      await kcat.produce(topic, numbered('next', 2), '-X', `transactional.id=${id}`)
      const visible = [...numbered('kept', 3), 'plain', ...numbered('next', 2)]
      await eventually('the end of the lost one', async () => {
        const seen = await kcat.consume(topic, ...committed)
        return seen.length >= visible.length
      })
      assert.deepEqual(await kcat.consume(topic, ...committed), visible)
      assert.ok((await kcat.consume(topic, ...uncommitted)).length > visible.length)
    },
  },
  {
    name: 'transactions: a second producer of the same id fences the first',
    async run(kcat) {
      const topic = kcat.context.unique('fenced')
      const id = kcat.context.unique('id')
      const zombie = kcat.start('-P', '-t', topic, '-X', `transactional.id=${id}`)
      zombie.child.stdin.write(`${numbered('zombie', 5_000).join('\n')}\n`)
      await eventually('the zombie', async () => {
        const seen = await kcat.run(['-C', '-q', '-e', '-t', topic, '-X', 'isolation.level=read_uncommitted'])
        return seen.stdout.includes('zombie-0')
      })
      await kcat.produce(topic, ['alive'], '-X', `transactional.id=${id}`)
      zombie.child.stdin.end('too late\n')
      assert.notEqual((await zombie.ended).exitCode, 0)
      assert.match(zombie.result.stderr, /fenced|newer instance|epoch/i)
      assert.deepEqual(await kcat.consume(topic, '-X', 'isolation.level=read_committed'), ['alive'])
    },
  },
]

const restarts: KcatCase[] = [
  {
    name: 'SIGKILL and restart in the middle of an idempotent produce: everything once and in order',
    smoke: true,
    timeoutMs: 120_000,
    async run(kcat) {
      const topic = kcat.context.unique('survivor')
      await kcat.produce(topic, ['0'])
      const options = ['enable.idempotence=true', 'batch.num.messages=50', 'linger.ms=5', 'retry.backoff.ms=100']
      const producer = kcat.start('-P', '-E', '-t', topic, ...options.flatMap((option) => ['-X', option]))
      const wanted = ['0']
      const feed = (count: number) => {
        const next = Array.from({ length: count }, (_, i) => String(wanted.length + i))
        wanted.push(...next)
        producer.child.stdin.write(`${next.join('\n')}\n`)
      }
      feed(5_000)
      await eventually('the first of them', async () => (await kcat.consume(topic)).length > 1)
      feed(5_000)
      const restarted = kcat.context.broker.restart()
      feed(5_000)
      await restarted
      producer.child.stdin.end()
      const { exitCode, stderr } = await producer.ended
      assert.equal(exitCode, 0, stderr)
      assert.deepEqual(await kcat.consume(topic), wanted)
    },
  },
]

export const produceCases: KcatCase[] = [...contents, ...refusals, ...transactions, ...restarts]
