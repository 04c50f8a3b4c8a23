import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import { assertOnAllBrokers } from './metadata.ts'
import type { Kcat, KcatCase } from './session.ts'
import { lines, numbered } from './session.ts'

/** Ten messages in each of three partitions, `0-0` to `2-9`. */
async function threeByTen(kcat: Kcat): Promise<string> {
  const topic = await kcat.topic({ partitions: 3 })
  for (const partition of ['0', '1', '2']) await kcat.produce(topic, numbered(partition, 10), '-p', partition)
  return topic
}

const positions: KcatCase[] = [
  {
    name: 'consume: from the beginning, the end, an offset, the last few, in each of three partitions',
    async run(kcat) {
      const topic = await threeByTen(kcat)
      assert.equal((await kcat.consume(topic)).length, 30)
      assert.equal((await kcat.consume(topic, '-o', 'beginning')).length, 30)
      assert.deepEqual(await kcat.consume(topic, '-o', 'end'), [])
      const last = (await kcat.consume(topic, '-o', '-2')).sort()
      assert.deepEqual(last, ['0-8', '0-9', '1-8', '1-9', '2-8', '2-9'])
      assert.deepEqual((await kcat.consume(topic, '-o', '9')).sort(), ['0-9', '1-9', '2-9'])
      assert.deepEqual(await kcat.consume(topic, '-p', '1', '-o', '4', '-c', '3'), ['1-4', '1-5', '1-6'])
      assert.deepEqual(await kcat.consume(topic, '-p', '2', '-o', '-100', '-c', '1'), ['2-0'])
    },
  },
  {
    name: 'consume: an offset out of range begins where it is told to, or fails',
    async run(kcat) {
      const topic = await threeByTen(kcat)
      const beyond = ['-p', '0', '-o', '4711']
      assert.equal((await kcat.consume(topic, ...beyond, '-X', 'auto.offset.reset=earliest')).length, 10)
      assert.deepEqual(await kcat.consume(topic, ...beyond, '-X', 'auto.offset.reset=latest'), [])
      const failing = ['-C', '-e', '-t', topic, ...beyond, '-X', 'auto.offset.reset=error']
      assert.match(await kcat.complaint(failing), /out of range/i)
    },
  },
  {
    name: 'consume: between two times, in each of three partitions',
    async run(kcat) {
      const topic = await threeByTen(kcat)
      const times = (await kcat.consume(topic, '-f', '%T\n')).map(Number)
      const later = Math.max(...times) + 2
      await eventually('a later millisecond', () => Date.now() > later)
      for (const partition of ['0', '1', '2']) await kcat.produce(topic, [`${partition}-late`], '-p', partition)
      const late = ['0-late', '1-late', '2-late']
      assert.deepEqual((await kcat.consume(topic, '-o', `s@${later}`)).sort(), late)
      assert.equal((await kcat.consume(topic, '-o', 's@0', '-o', `e@${later}`)).length, 30)
      assert.deepEqual(await kcat.consume(topic, '-o', `s@${Date.now() + 3_600_000}`), [])
      const first = Math.min(...times)
      assert.deepEqual((await kcat.consume(topic, '-o', `s@${first}`)).length, 33)
    },
  },
  {
    name: 'consume: from where a group stored its offset',
    async run(kcat) {
      const topic = kcat.context.unique('stored')
      const group = ['-X', `group.id=${kcat.context.unique('group')}`, '-X', 'auto.offset.reset=earliest']
      await kcat.produce(topic, numbered('one', 10))
      const stored = (...args: string[]) => kcat.consume(topic, '-p', '0', '-o', 'stored', ...group, ...args)
      assert.deepEqual(await stored(), numbered('one', 10))
      await kcat.produce(topic, numbered('two', 5))
      assert.deepEqual(await stored(), numbered('two', 5))
      assert.deepEqual(await stored(), [])
    },
  },
  {
    name: 'query: the offsets of times, of the beginning and of the end, in several partitions',
    smoke: true,
    async run(kcat) {
      const topic = await threeByTen(kcat)
      const query = async (...asked: string[]) =>
        lines(await kcat.output(['-Q', ...asked.flatMap((one) => ['-t', `${topic}:${one}`])])).sort()
      const shown = (...offsets: number[]) =>
        offsets.map((offset, partition) => `${topic} [${partition}] offset ${offset}`)
      assert.deepEqual(await query('0:-1', '1:-1', '2:-1'), shown(10, 10, 10))
      assert.deepEqual(await query('0:-2', '1:-2', '2:-2'), shown(0, 0, 0))
      const [at] = await kcat.consume(topic, '-p', '1', '-o', '7', '-c', '1', '-f', '%T\n')
      const [found] = await query(`1:${at}`)
      const offset = Number(found.split(' ').at(-1))
      const [time] = await kcat.consume(topic, '-p', '1', '-o', `${offset}`, '-c', '1', '-f', '%T\n')
      assert.equal(time, at)
      assert.deepEqual(await query(`2:${Date.now() + 3_600_000}`), [`${topic} [2] offset -1`])
      assert.match(await kcat.complaint(['-Q', '-t', `${topic}:9:-1`]), /[Uu]nknown partition/)
    },
  },
]

const shapes: KcatCase[] = [
  {
    name: 'consume: every token of a format',
    async run(kcat) {
      const topic = kcat.context.unique('format')
      await kcat.produce(topic, ['key:value'], '-K', ':', '-H', 'h=1')
      const [line] = await kcat.consume(topic, '-f', '%t|%p|%o|%K|%k|%S|%s|%h|%T|%%\\t%R\n')
      const [name, partition, offset, keyLength, key, length, value, headers, time] = line.split('|')
      assert.deepEqual([name, partition, offset, keyLength], [topic, '0', '0', '3'])
      assert.deepEqual([key, length, value, headers], ['key', '5', 'value', 'h=1'])
      assert.ok(Math.abs(Number(time) - Date.now()) < 60_000)
    },
  },
  {
    name: 'consume: the envelope in JSON, keys printed before messages',
    async run(kcat) {
      const topic = kcat.context.unique('envelope')
      await kcat.produce(topic, ['k:v', 'naïve 東京 🦊'], '-K', ':', '-H', 'h=1')
      const [first, second] = (await kcat.consume(topic, '-J')).map((line) => JSON.parse(line))
      const { ts, broker, ...rest } = first
      assert.equal(typeof ts, 'number')
      assert.equal(typeof broker, 'number')
      const place = { topic, partition: 0, offset: 0, tstype: 'create' }
      assert.deepEqual(rest, { ...place, headers: ['h', '1'], key: 'k', payload: 'v' })
      assert.deepEqual([second.offset, second.key, second.payload], [1, null, 'naïve 東京 🦊'])
      assert.deepEqual(await kcat.consume(topic, '-c', '1', '-K', '=', '-D', '!'), ['k=v!'])
    },
  },
  {
    name: 'consume: integers in keys and values, taken apart',
    async run(kcat) {
      const topic = kcat.context.unique('packed')
      const bytes = '\x01\x02\x03\x04'
      await kcat.output(['-P', '-t', topic, '-k', '\x01\x02', '-D', '|'], bytes)
      assert.deepEqual(await kcat.consume(topic, '-s', 'key=H', '-s', 'value=BBH', '-f', '%k: %s\n'), ['258: 12772'])
    },
  },
  {
    name: 'consume: small fetches, one partition and all of them',
    async run(kcat) {
      const topic = await threeByTen(kcat)
      const little = [
        'fetch.message.max.bytes=1',
        'fetch.min.bytes=1',
        'fetch.wait.max.ms=10',
        'fetch.max.bytes=1000000',
      ]
      const options = [...little, 'message.max.bytes=1000000'].flatMap((option) => ['-X', option])
      assert.deepEqual(await kcat.consume(topic, '-p', '1', ...options), numbered('1', 10))
      assert.equal((await kcat.consume(topic, ...options)).length, 30)
    },
  },
  {
    name: 'consume: it waits at the end, and says that it is there',
    async run(kcat) {
      const topic = kcat.context.unique('tail')
      await kcat.produce(topic, numbered('first', 2))
      const reader = kcat.start('-C', '-u', '-t', topic, '-X', 'fetch.wait.max.ms=4000')
      await eventually('the end', () => /Reached end of topic .* at offset 2/.test(reader.result.stderr))
      const startedAt = performance.now()
      await kcat.produce(topic, numbered('second', 2))
      await eventually('what came later', () => lines(reader.result.stdout).length === 4)
      assert.ok(performance.now() - startedAt < 3_500)
      assert.deepEqual(lines(reader.result.stdout), [...numbered('first', 2), ...numbered('second', 2)])
    },
  },
  {
    name: 'consume: it carries on through SIGKILL and restart of the broker',
    timeoutMs: 120_000,
    async run(kcat) {
      const topic = kcat.context.unique('through')
      await kcat.produce(topic, numbered('before', 50))
      const reader = kcat.start('-C', '-E', '-q', '-u', '-t', topic, '-X', 'reconnect.backoff.max.ms=500')
      await eventually('what came before', () => lines(reader.result.stdout).length === 50)
      await kcat.context.broker.restart()
      await kcat.produce(topic, numbered('after', 50))
      await eventually('what came after', () => lines(reader.result.stdout).length === 100, 60_000)
      assert.deepEqual(lines(reader.result.stdout), [...numbered('before', 50), ...numbered('after', 50)])
    },
  },
]

const metadata: KcatCase[] = [
  {
    name: 'metadata: text and JSON, of all topics and of one with several partitions',
    async run(kcat) {
      const topic = await kcat.topic({ partitions: 3 })
      const other = kcat.context.unique('other')
      await kcat.produce(other, ['x'])
      const text = await kcat.output(['-L'])
      assert.match(text, new RegExp(`broker \\d+ at ${kcat.context.broker.bootstrapServers}`))
      assert.equal(text.match(/broker \d+ at \S+ \(controller\)/g)?.length, 1)
      assert.match(text, new RegExp(`topic "${topic}" with 3 partitions:`))
      assert.match(text, new RegExp(`topic "${other}" with 1 partitions:`))
      const one = await kcat.output(['-L', '-t', topic])
      assert.match(one, / 1 topics:/)
      assertOnAllBrokers(kcat.context, JSON.parse(await kcat.output(['-L', '-J', '-t', topic])), topic, 3)
      const all = JSON.parse(await kcat.output(['-L', '-J'])).topics.map((each: { topic: string }) => each.topic)
      assert.ok(all.includes(topic) && all.includes(other))
    },
  },
  {
    name: 'metadata: an unknown topic, one that cannot be, and an address where nobody is',
    async run(kcat) {
      const nowhere = kcat.context.unique('nowhere')
      const asked = await kcat.run(['-L', '-t', nowhere, '-X', 'allow.auto.create.topics=false'])
      assert.match(asked.stdout + asked.stderr, /Unknown topic or partition/)
      const invalid = await kcat.run(['-L', '-t', 'with a blank'])
      assert.match(invalid.stdout + invalid.stderr, /Invalid topic/)
      assert.equal((await kcat.output(['-L'])).includes(nowhere), false)
      const nobody = ['-b', '127.0.0.1:1', '-L', '-m', '1']
      assert.match(await kcat.complaint(nobody), /resolve|refused|Broker transport failure|timed out/i)
    },
  },
]

export const consumeCases: KcatCase[] = [...positions, ...shapes, ...metadata]
