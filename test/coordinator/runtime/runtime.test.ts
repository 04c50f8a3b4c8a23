import pino from 'pino'
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { CoordinatorRuntime } from '../../../src/coordinator/runtime/coordinator-runtime.ts'
import { Deadlines } from '../../../src/coordinator/runtime/deadlines.ts'
import { Effects } from '../../../src/coordinator/runtime/effects.ts'
import type { CoordinatorKind, CoordinatorShard, Operation } from '../../../src/coordinator/runtime/shard.ts'
import { type SnapshotRegistry, TimelineMap } from '../../../src/coordinator/runtime/timeline.ts'
import { invariantFailures, violation } from '../../../src/env/invariant.ts'
import { MemoryLog } from '../support/memory-log.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** The smallest coordinator: names with values. */
interface Put {
  readonly name: string
  readonly value: string | null
}
interface Words {
  readonly record: Put
  readonly timeout: string
  readonly task: never
  /** Answers the request that has been parked for longest, or fails. */
  readonly step: 'release' | 'fail'
}
type PutEffects = Effects<Words>

class Names implements CoordinatorShard<Words> {
  readonly values: TimelineMap<string, string>
  readonly timeouts: string[] = []
  /** Requests without an answer. */
  readonly parked: number[] = []
  readonly outcomes: (number | null)[] = []

  constructor(registry: SnapshotRegistry) {
    this.values = new TimelineMap(registry)
  }

  replay(_offset: number, _producerId: bigint, { name, value }: Put): void {
    if (name === 'poison') throw new Error('this record cannot be replayed')
    if (value === null) this.values.delete(name)
    else this.values.set(name, value)
  }

  replayEndTransactionMarker(): void {}

  loaded(): PutEffects {
    return new Effects()
  }

  timedOut(timeout: string): PutEffects {
    this.timeouts.push(timeout)
    return new Effects<Words>().append({ name: timeout, value: 'timed out' })
  }

  settled(step: Words['step'], error: KafkaError | null): PutEffects {
    if (step === 'fail') throw new Error('a bug')
    this.outcomes.push(error?.code ?? null)
    return new Effects<Words>().reply(this.parked.shift() as number, { released: error === null })
  }
}

const kind: CoordinatorKind<Names, Words> = {
  name: 'test coordinator',
  topic: '__names',
  create: (registry) => new Names(registry),
  encode: ({ name, value }) => ({ key: Buffer.from(name), value: value === null ? null : Buffer.from(value) }),
  decode: (key, value) =>
    key.toString() === 'later' ? null : { name: key.toString(), value: value?.toString() ?? null },
}

const put = (name: string, value: string | null): Operation<Names, Words> => {
  return (_shard, { request }) => new Effects<Words>().append({ name, value }).reply(request, { name })
}
const get = (name: string): Operation<Names, Words> => {
  return (shard, { request }) => new Effects<Words>().reply(request, { value: shard.values.get(name) ?? null })
}

async function start(log = new MemoryLog(), appendLingerMs = -1) {
  const clock = new VirtualClock()
  const runtime = new CoordinatorRuntime(kind, {
    log,
    clock,
    deadlines: new Deadlines(clock),
    logger: pino({ level: 'silent' }),
    appendLingerMs,
    writeTimeoutMs: 5_000,
    loadBufferBytes: 1_000,
    compressionTypeId: 0,
  })
  runtime.onElection(0, 7)
  await settled()
  const read = () => runtime.read(0, (shard, epoch) => Object.fromEntries(shard.values.entries(epoch)))
  return { log, clock, runtime, read }
}

/** Lets promises that are ready run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

const codeOf = (promise: Promise<unknown>) => {
  return promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof KafkaError ? error.code : error),
  )
}

t.test('operations of one turn share a batch and are answered when it is committed', async (t) => {
  const { log, clock, runtime, read } = await start()
  log.holdsHighWatermark = true
  const answers: object[] = []
  for (const name of ['a', 'b', 'c']) void runtime.write(0, put(name, '1')).then((answer) => answers.push(answer))
  t.equal(log.batches.length, 0)
  clock.turn()
  await settled()
  t.equal(log.batches.length, 1)
  t.strictSame(log.appendedEpochs, [7])
  t.strictSame(answers, [], 'not committed yet')
  t.strictSame(await read(), {}, 'and not seen by those who read what is committed')
  log.commit()
  await settled()
  t.strictSame(answers, [{ name: 'a' }, { name: 'b' }, { name: 'c' }])
  t.strictSame(await read(), { a: '1', b: '1', c: '1' })
})

t.test('an answer without records waits for the state that it shows', async (t) => {
  const { log, clock, runtime } = await start()
  log.holdsHighWatermark = true
  let answer: object | null = null
  void runtime.write(0, put('a', '1'))
  void runtime.write(0, get('a')).then((got) => {
    answer = got
  })
  clock.turn()
  await settled()
  t.equal(answer, null)
  log.commit()
  await settled()
  t.strictSame(answer, { value: '1' })
})

t.test('a failed append takes back its batch and all that was built upon it', async (t) => {
  const { log, clock, runtime, read } = await start()
  await Promise.all([runtime.write(0, put('a', 'safe')), clock.turn()])
  log.isSlow = true
  const first = codeOf(runtime.write(0, put('a', 'lost')))
  clock.turn()
  const second = codeOf(runtime.write(0, put('b', 'lost too')))
  const reader = codeOf(runtime.write(0, get('a')))
  clock.turn()
  log.failure = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
  log.finishAppend()
  t.strictSame(await Promise.all([first, second, reader]), Array(3).fill(ErrorCode.KAFKA_STORAGE_ERROR))
  t.strictSame(await read(), { a: 'safe' })
  log.isSlow = false
  const next = runtime.write(0, put('c', 'works'))
  clock.turn()
  await next
  t.strictSame(await read(), { a: 'safe', c: 'works' })
  t.equal(log.end, 2)
})

t.test('what arrives while an append is under way becomes one batch', async (t) => {
  const { log, clock, runtime } = await start()
  log.isSlow = true
  const answers = [runtime.write(0, put('a', '1'))]
  clock.turn()
  for (const name of ['b', 'c', 'd', 'e']) answers.push(runtime.write(0, put(name, '1')))
  clock.turn()
  log.isSlow = false
  log.finishAppend()
  await Promise.all(answers)
  t.strictSame(
    log.batches.map((bytes) => decodeBatches(bytes)[0].records.length),
    [1, 4],
  )
})

t.test('linger 0 appends at once, a linger of its own waits that long', async (t) => {
  const eager = await start(new MemoryLog(), 0)
  await eager.runtime.write(0, put('a', '1'))
  t.equal(eager.log.batches.length, 1)
  const patient = await start(new MemoryLog(), 20)
  const answer = patient.runtime.write(0, put('a', '1'))
  patient.clock.advance(19)
  t.equal(patient.log.batches.length, 0)
  patient.clock.advance(1)
  await answer
  t.equal(patient.log.batches.length, 1)
})

t.test('records that are too large are refused alone; many are spread when they may be', async (t) => {
  const log = new MemoryLog()
  log.maxBytes = 500
  const { clock, runtime, read } = await start(log)
  const small = runtime.write(0, put('small', '1'))
  const large = codeOf(runtime.write(0, put('large', 'x'.repeat(600))))
  const many = runtime.write(0, (_shard, { request }) => {
    const effects = new Effects<Words>().reply(request, {})
    effects.atomic = false
    for (let i = 0; i < 40; i++) effects.append({ name: `n${i}`, value: 'y'.repeat(50) })
    return effects
  })
  clock.turn()
  await Promise.all([small, many])
  t.equal(await large, ErrorCode.MESSAGE_TOO_LARGE)
  t.equal(Object.keys(await read()).length, 41)
  t.ok(log.batches.length > 5)
  t.ok(log.batches.every((bytes) => bytes.length <= 500))
})

t.test('an operation may write more records than a call takes arguments', async (t) => {
  const { clock, runtime, read } = await start()
  const many = runtime.write(0, (_shard, { request }) => {
    const effects = new Effects<Words>().reply(request, {})
    effects.atomic = false
    for (let i = 0; i < 200_000; i++) effects.append({ name: `n${i % 1000}`, value: '' })
    return effects
  })
  clock.turn()
  await many
  t.equal(Object.keys(await read()).length, 1000)
})

t.test('a record that cannot be replayed fails its batch and nothing else', async (t) => {
  const { clock, runtime, read } = await start()
  await Promise.all([runtime.write(0, put('a', '1')), clock.turn()])
  const sharesBatch = codeOf(runtime.write(0, put('b', '1')))
  const poison = codeOf(runtime.write(0, put('poison', '1')))
  clock.turn()
  t.equal(await poison, ErrorCode.UNKNOWN_SERVER_ERROR)
  t.equal(await sharesBatch, ErrorCode.UNKNOWN_SERVER_ERROR)
  t.strictSame(await read(), { a: '1' })
})

t.test('a commit that does not come is a timeout, and the state stays', async (t) => {
  const { log, clock, runtime, read } = await start()
  log.holdsHighWatermark = true
  const answer = codeOf(runtime.write(0, put('a', '1')))
  clock.turn()
  clock.advance(5_000)
  t.equal(await answer, ErrorCode.REQUEST_TIMED_OUT)
  log.commit()
  t.strictSame(await read(), { a: '1' })
})

t.test('what is settled after the append can say more', async (t) => {
  const { log, clock, runtime } = await start()
  const park: Operation<Names, Words> = ({ parked }, { request }) => {
    parked.push(request)
    return new Effects()
  }
  const release: Operation<Names, Words> = (_shard, { request }) =>
    new Effects<Words>().append({ name: 'done', value: '1' }).reply(request, {}).onceSettled('release')
  const first = runtime.write(0, park)
  void runtime.write(0, release)
  clock.turn()
  t.strictSame(await first, { released: true })
  const second = runtime.write(0, park)
  const failing = codeOf(runtime.write(0, release))
  log.failure = new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
  clock.turn()
  t.strictSame(await second, { released: false })
  t.equal(await failing, ErrorCode.NOT_ENOUGH_REPLICAS)
  const outcomes = await runtime.read(0, (shard) => shard.outcomes)
  t.strictSame(outcomes, [null, ErrorCode.NOT_ENOUGH_REPLICAS])
  t.throws(() => new Effects<Words>().onceSettled('release').onceSettled('fail'), Error)
})

t.test('what fails after the append harms nobody else', async (t) => {
  const { clock, runtime, read } = await start()
  const first = runtime.write(0, (shard, context) => {
    return put('a', '1')(shard, context).onceSettled('fail')
  })
  const second = runtime.write(0, put('b', '2'))
  clock.turn()
  await Promise.all([first, second])
  const third = runtime.write(0, put('c', '3'))
  clock.turn()
  await third
  t.strictSame(await read(), { a: '1', b: '2', c: '3' })
})

t.test('timers fire as operations, and can be moved and cancelled by name', async (t) => {
  const { clock, runtime, read } = await start()
  const timers = (change: (effects: PutEffects) => PutEffects) =>
    runtime.write(0, (_shard, { request }) => change(new Effects<Words>()).reply(request, {}))
  await timers((effects) =>
    effects.setTimer('one', 1_000, 'one').setTimer('two', 1_000, 'two').setTimer('three', 1_000, 'x'),
  )
  await timers((effects) => effects.cancelTimer('two').setTimer('three', 3_000, 'three'))
  clock.advance(1_000)
  t.strictSame(await read(), { one: 'timed out' })
  clock.advance(2_000)
  t.strictSame(await read(), { one: 'timed out', three: 'timed out' })
})

/** As in Kafka's CoordinatorTimerImpl, which is told by each of its timers whether it is to be tried again; see `RETRY_DELAY_MS`. */
t.test('what a timer wanted and could not be written is wanted again', async (t) => {
  const { log, clock, runtime, read } = await start()
  await runtime.write(0, (_shard, { request }) => new Effects<Words>().setTimer('one', 1_000, 'one').reply(request, {}))
  log.failure = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
  clock.advance(1_000)
  t.strictSame(await read(), {}, 'it has gone off in vain')
  clock.advance(499)
  t.strictSame(await read(), {})
  clock.advance(1)
  t.strictSame(await read(), { one: 'timed out' })
})

/** Apache loses such a timer: a member whose leaving could not be written stays for ever there. */
t.test('a timer that was cancelled by what could not be written has the time that it had', async (t) => {
  const { log, clock, runtime, read } = await start()
  const answer = (change: (effects: PutEffects) => PutEffects) => {
    const written = codeOf(runtime.write(0, (_shard, { request }) => change(new Effects<Words>()).reply(request, {})))
    clock.turn()
    return written
  }
  await answer((effects) => effects.setTimer('one', 1_000, 'one').setTimer('two', 1_000, 'two'))
  clock.advance(400)
  log.failure = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
  const lost = answer((effects) => effects.cancelTimer('one').cancelTimer('two').append({ name: 'a', value: 'lost' }))
  t.equal(await lost, ErrorCode.KAFKA_STORAGE_ERROR)
  await answer((effects) => effects.setTimer('two', 2_000, 'two'))
  clock.advance(599)
  t.strictSame(await read(), {})
  clock.advance(1)
  t.strictSame(await read(), { one: 'timed out' }, 'what was set anew meanwhile is as it was set')
})

t.test('loading: requests wait for nothing, and the state is that of the log', async (t) => {
  const { log, clock, runtime } = await start()
  for (const [name, value] of [
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
    ['later', '?'],
    ['b', null],
  ] as const) {
    const answer = runtime.write(0, put(name, value))
    clock.turn()
    await answer
  }
  const again = new CoordinatorRuntime(kind, {
    log,
    clock,
    deadlines: new Deadlines(clock),
    logger: pino({ level: 'silent' }),
    appendLingerMs: -1,
    writeTimeoutMs: 5_000,
    loadBufferBytes: 1_000,
    compressionTypeId: 0,
  })
  t.equal(await codeOf(again.write(0, get('a'))), ErrorCode.NOT_COORDINATOR)
  again.onElection(0, 8)
  t.equal(await codeOf(again.write(0, get('a'))), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  await settled()
  t.strictSame(await again.read(0, (shard) => Object.fromEntries(shard.values.entries())), { a: '3' })
})

t.test('resignation answers those who are parked, and old news is ignored', async (t) => {
  const { runtime } = await start()
  const parked = codeOf(runtime.write(0, () => new Effects()))
  runtime.onResignation(0, 7)
  t.strictSame(await runtime.write(0, get('a')), { value: null }, 'this broker was elected in that very epoch')
  runtime.onResignation(0, 8)
  t.equal(await parked, ErrorCode.NOT_COORDINATOR)
  t.equal(await codeOf(runtime.write(0, get('a'))), ErrorCode.NOT_COORDINATOR)
})

t.test('a shard whose log went its own way is dropped, and loaded again from the log as it is', async (t) => {
  const { log, clock, runtime, read } = await start()
  const before = invariantFailures().get('pipeline') ?? 0
  const seen = runtime.write(0, put('a', '1'))
  clock.turn()
  await seen
  log.write(log.batches[0])
  const lost = codeOf(runtime.write(0, put('b', '1')))
  clock.turn()
  t.equal(await lost, ErrorCode.NOT_COORDINATOR)
  t.equal(invariantFailures().get('pipeline'), before + 1, 'the broken invariant is counted')
  t.equal(await codeOf(runtime.write(0, get('a'))), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  clock.advance(1_000)
  await settled()
  t.strictSame(await read(), { a: '1', b: '1' }, 'loaded from the log as it is')
  const next = runtime.write(0, put('c', '1'))
  clock.turn()
  t.strictSame(await next, { name: 'c' }, 'and served as before')
})

t.test('records that are committed and not of this shard are noticed at once', async (t) => {
  const { log, clock, runtime, read } = await start()
  const first = runtime.write(0, put('a', '1'))
  clock.turn()
  await first
  const parked = codeOf(runtime.write(0, () => new Effects()))
  log.write(log.batches[0])
  log.commit()
  t.equal(await parked, ErrorCode.NOT_COORDINATOR)
  t.equal(await codeOf(read()), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  clock.advance(1_000)
  await settled()
  t.strictSame(await read(), { a: '1' })
})

t.test('an operation that finds an invariant broken ends the shard, and its client is not lied to', async (t) => {
  const { clock, runtime, read } = await start()
  const first = runtime.write(0, put('a', '1'))
  clock.turn()
  await first
  const finds = codeOf(
    runtime.write(0, () => {
      throw violation('timeline', 'this cannot be')
    }),
  )
  t.equal(await finds, ErrorCode.NOT_COORDINATOR)
  t.equal(await codeOf(runtime.write(0, get('a'))), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  clock.advance(1_000)
  await settled()
  t.strictSame(await read(), { a: '1' })
  const forgotten = codeOf(runtime.read(0, (shard) => shard.values.get('a', 0)))
  t.equal(await forgotten, ErrorCode.NOT_COORDINATOR, 'a past that is not known any more is not made up')
  runtime.onResignation(0, 9)
  clock.advance(1_000)
  t.equal(await codeOf(read()), ErrorCode.NOT_COORDINATOR, 'a shard that has gone is not loaded again')
})
