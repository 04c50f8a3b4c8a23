/** `samsa top` on a terminal in memory: what moves is written and nothing else, keys are heard, and quitting leaves no trace. */
import t from 'tap'
import { samplesIn } from '../../../src/cli/top/exposition-reader.ts'
import { snapshotOf } from '../../../src/cli/top/metrics-source.ts'
import { cut, Screen } from '../../../src/cli/top/screen.ts'
import { type Console, Show } from '../../../src/cli/top/show.ts'
import { ratesOf, type Snapshot, type Source } from '../../../src/cli/top/snapshot.ts'
import { afterKey, keysIn, type TopState } from '../../../src/cli/top/state.ts'
import { sharedOut } from '../../../src/cli/top/view.ts'
import { ManualClock } from '../../client/fake-broker.ts'

const ESCAPE = '\x1b'
const SEQUENCE = new RegExp(`${ESCAPE}(\\[[?\\d;]*[A-Za-z])|([^${ESCAPE}]+)`, 'g')

/** A terminal that shows what it is sent, as far as `samsa top` uses one. */
class MemoryTerminal implements Console {
  columns = 120
  rows = 12
  lines: string[] = []
  written: string[] = []
  isAlternate = false
  isCursorShown = true
  isReleased = false
  #input = (_text: string) => {}
  #resize = () => {}

  write(text: string): void {
    this.written.push(text)
    let row = 0
    for (const [, code = '', plain = ''] of text.matchAll(SEQUENCE)) {
      const place = /^\[(\d+);1H$/.exec(code)
      if (place !== null) row = Number(place[1]) - 1
      else if (code === '[2J') this.lines = []
      else if (code === '[K') this.lines[row] = this.#row.splice(0).join('')
      else if (code === '[?1049h' || code === '[?1049l') this.isAlternate = code.endsWith('h')
      else if (code === '[?25h' || code === '[?25l') this.isCursorShown = code.endsWith('h')
      if (plain !== '') this.#row.push(plain)
    }
  }

  readonly #row: string[] = []

  onInput(fn: (text: string) => void): void {
    this.#input = fn
  }

  onResize(fn: () => void): void {
    this.#resize = fn
  }

  release(): void {
    this.isReleased = true
  }

  type(text: string): void {
    this.#input(text)
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows })
    this.#resize()
  }

  get picture(): string {
    return Array.from({ length: this.rows }, (_, row) => this.lines[row] ?? '').join('\n')
  }
}

const NO_BYTES = { bytesIn: null, bytesOut: null, sizeBytes: null }

const snapshot = (atMs: number, records: number): Snapshot => ({
  atMs,
  brokers: 1,
  topics: [
    { topic: 'orders', partitions: 3, records, ...NO_BYTES },
    { topic: 'quiet', partitions: 1, records: 7, ...NO_BYTES },
  ],
  groups: [
    {
      group: 'billing',
      type: 'classic',
      state: 'Stable',
      members: 1,
      position: records / 2,
      lag: 40,
      lagSeconds: null,
    },
  ],
  clients: [],
})

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

t.test('a picture that moves', async (t) => {
  const clock = new ManualClock()
  const terminal = new MemoryTerminal()
  let records = 0
  let failure: Error | null = null
  const source: Source = {
    by: 'offsets',
    look: async () => {
      if (failure !== null) throw failure
      return snapshot(clock.monotonicMs(), records)
    },
  }
  const show = new Show(terminal, {
    source,
    clock,
    servers: 'localhost:9092',
    everyMs: 2_000,
    style: (_, text) => text,
  })
  const ended = show.run()
  await settle()
  t.ok(terminal.isAlternate && !terminal.isCursorShown)
  t.match(
    terminal.picture,
    /^samsa top {2}localhost:9092, 1 broker, by offsets, every 2 s {2}00:00:00\n0 records\/s {3}lag 40\n/,
  )
  t.match(terminal.picture, /\norders +- +3\nquiet /, 'the first has no rates')
  records = 1_000
  clock.advance(2_000)
  await settle()
  t.match(terminal.picture, /\n500 records\/s/)
  t.match(terminal.picture, /\norders +500 +3\nquiet +0 +1\n/)
  t.match(terminal.picture, /\nbilling +250 +40 +1 {2}Stable {2}classic\n/)
  const before = terminal.written.length
  clock.advance(2_000)
  await settle()
  const [update = '', ...more] = terminal.written.slice(before)
  t.equal(more.length, 0, 'one write for each picture')
  t.ok(update.startsWith('\x1b[?2026h'))
  t.notMatch(update, /quiet/, 'a line that has not changed is not written again')

  terminal.type('g')
  t.notMatch(terminal.picture, /orders/)
  terminal.type('s')
  t.match(terminal.picture, /\(by amount\)/)
  terminal.type(' ')
  t.match(terminal.picture, /paused/)
  clock.advance(60_000)
  await settle()
  t.match(terminal.picture, /00:00:04/, 'nothing is looked at meanwhile')
  failure = new Error('nobody answers')
  terminal.type(' ')
  await settle()
  t.match(terminal.picture, /\nError: nobody answers/)
  failure = null
  clock.advance(2_000)
  await settle()
  t.notMatch(terminal.picture, /nobody answers/, 'it goes on when the cluster answers')
  terminal.resize(20, 6)
  t.ok(terminal.lines.every((line) => line.length <= 20))
  t.equal(terminal.picture.split('\n').length, 6)
  terminal.type('q')
  t.equal(await ended, 0)
  t.ok(terminal.isReleased && !terminal.isAlternate && terminal.isCursorShown, 'the terminal is as it was')
  t.equal(clock.pendingTimers, 0)
})

t.test('quitting does not wait for a cluster that does not answer', async (t) => {
  const terminal = new MemoryTerminal()
  const source: Source = { by: 'offsets', look: () => new Promise(() => {}) }
  const options = {
    source,
    clock: new ManualClock(),
    servers: 'x:1',
    everyMs: 1_000,
    style: (_: unknown, text: string) => text,
  }
  const ended = new Show(terminal, options).run()
  terminal.type('\x03')
  t.equal(await ended, 0)
})

t.test('rates', async (t) => {
  const { topics, groups } = ratesOf(snapshot(0, 100), snapshot(500, 50))
  t.same(
    topics.map(({ recordsPerSecond }) => recordsPerSecond),
    [null, 0],
    'a topic that was made again has none for once',
  )
  t.same(
    groups.map(({ recordsPerSecond }) => recordsPerSecond),
    [null],
  )
})

t.test('keys', async (t) => {
  const state: TopState = { section: null, order: 'rate', scrolled: 0, isPaused: false, everyMs: 2_000 }
  const after = (keys: string) => keysIn(keys).reduce<TopState | null>((now, key) => now && afterKey(now, key), state)
  t.same(keysIn('a\x1b[Bq\x1b[5~'), ['a', '\x1b[B', 'q', '\x1b[5~'])
  t.match(after('\t'), { section: 'topics' })
  t.match(after('\t\t\t\t'), { section: null })
  t.match(after('c\x1b[B\x1b[B\x1b[A'), { section: 'clients', scrolled: 1 })
  t.match(after('++'), { everyMs: 10_000 })
  t.match(after('-----'), { everyMs: 500 })
  t.match(after('sss'), { order: 'rate' })
  t.equal(after('x'), state)
  t.equal(after('tq'), null)
})

t.test('the screen', async (t) => {
  t.equal(cut('\x1b[1mabcdef\x1b[22mgh', 4), '\x1b[1mabcd\x1b[22m\x1b[0m')
  t.equal(cut('abc', 10), 'abc')
  const terminal = new MemoryTerminal()
  new Screen(terminal).draw(Array.from({ length: 40 }, (_, index) => `line ${index}`))
  t.equal(terminal.lines.length, 12)
  t.same(sharedOut([2, 20, 3], 15), [2, 10, 3])
  t.same(sharedOut([5, 5], 0), [0, 0])
})

t.test('metrics of several brokers are one cluster', async (t) => {
  const names = new Set([
    'kafka_topic_partition_current_offset',
    'kafka_consumergroup_lag',
    'kafka_consumergroup_lag_seconds',
    'samsa_client_connections',
    'samsa_client_incoming_byte_total',
    'kafka_broker_info',
  ])
  const text = `# HELP kafka_topic_partition_current_offset x
kafka_topic_partition_current_offset{topic="a \\"b\\" \\\\ c",partition="0"} 5
kafka_topic_partition_current_offset{topic="a \\"b\\" \\\\ c",partition="1"} 7e2
kafka_topic_partition_current_offset_other{topic="x"} 1
kafka_consumergroup_lag{consumergroup="g",topic="a",partition="0"} 3
kafka_consumergroup_lag{consumergroup="g",topic="a",partition="1"} -1
kafka_consumergroup_lag_seconds{consumergroup="g",topic="a",partition="0"} 1.5
samsa_client_connections{client_id="me"} 2
samsa_client_incoming_byte_total{client_id="me"} 100
kafka_broker_info{id="1",address="h:1"} 1
`
  const group = { groupId: 'g', type: 'classic', protocolType: 'consumer', state: 'Stable', coordinator: 1 }
  const { brokers, topics, groups, clients } = snapshotOf(samplesIn(text, names), [group], 0)
  t.equal(brokers, 1)
  t.match(topics, [{ topic: 'a "b" \\ c', partitions: 2, records: 705 }])
  t.match(groups, [{ group: 'g', lag: 3, lagSeconds: 1.5 }])
  t.match(clients, [{ client: 'me', connections: 2, bytesIn: 100 }])
})
