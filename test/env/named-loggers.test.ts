/** Levels of named loggers, over pino itself and over a logger of somebody's own. */
import { pino } from 'pino'
import t from 'tap'
import type { Logger } from '../../src/env/logger.ts'
import { LOG_LEVELS, NamedLoggers } from '../../src/env/named-loggers.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly name?: string
  readonly at?: number
}

function overPino(level: string) {
  const lines: Line[] = []
  const target = pino({ level }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const said = () => lines.splice(0).map(({ name, msg }) => `${name}: ${msg}`)
  return { target, lines, said, loggers: new NamedLoggers(target, ['a', 'b']) }
}

function everyLevel(logger: Logger): void {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
}

t.test('the level of the target is the root’s, and the others have it', async (t) => {
  const { loggers, said } = overPino('warn')
  t.same(
    [...loggers.levels()],
    [
      ['root', 'WARN'],
      ['a', 'WARN'],
      ['b', 'WARN'],
    ],
  )
  everyLevel(loggers.named('a'))
  t.same(said(), ['a: warn', 'a: error'])
})

t.test('a level takes effect at once, for those who hold the logger already, and for that part alone', async (t) => {
  const { loggers, target, lines, said } = overPino('warn')
  const [a, b] = [loggers.named('a'), loggers.named('b')]
  loggers.setLevel('a', 'DEBUG')
  everyLevel(a)
  everyLevel(b)
  t.same(said(), ['a: debug', 'a: info', 'a: warn', 'a: error', 'b: warn', 'b: error'])
  target.info('the lines of whoever made the target are not theirs')
  t.same(said(), [])
  a.debug({ at: 7 }, 'details')
  t.match(lines.pop(), { name: 'a', at: 7, msg: 'details', level: 20 })
})

t.test('what has a level of its own keeps it when the root’s changes; what has lost it has the root’s', async (t) => {
  const { loggers, said } = overPino('info')
  loggers.setLevel('a', 'ERROR')
  loggers.setLevel('root', 'DEBUG')
  t.same(Object.fromEntries(loggers.levels()), { root: 'DEBUG', a: 'ERROR', b: 'DEBUG' })
  everyLevel(loggers.named('a'))
  t.same(said(), ['a: error'])
  loggers.setLevel('a', null)
  t.equal(loggers.levels().get('a'), 'DEBUG')
  everyLevel(loggers.named('a'))
  t.same(said(), ['a: debug', 'a: info', 'a: warn', 'a: error'])
})

t.test('every level lets through what Kafka’s of that name does', async (t) => {
  const { loggers, said } = overPino('info')
  const counts = LOG_LEVELS.map((level) => {
    loggers.setLevel('a', level)
    everyLevel(loggers.named('a'))
    return said().length
  })
  t.same(counts, [4, 4, 3, 2, 1, 0])
})

t.test('names that are not there, and the root without a level, change nothing', async (t) => {
  const { loggers } = overPino('info')
  t.notOk(loggers.has('c'))
  t.ok(loggers.has('root'))
  loggers.setLevel('c', 'DEBUG')
  loggers.setLevel('root', null)
  t.same(new Set(loggers.levels().values()), new Set(['INFO']))
})

t.test('a logger without a level is handed everything, and with this as it expects it', async (t) => {
  class Own {
    readonly #lines: string[] = []
    debug = (line: unknown) => void this.#lines.push(`debug ${line}`)
    info(line: unknown) {
      this.#lines.push(`info ${line}`)
    }
    warn(line: unknown) {
      this.#lines.push(`warn ${line}`)
    }
    error(line: unknown) {
      this.#lines.push(`error ${line}`)
    }
    taken = () => this.#lines.splice(0)
  }
  const own = new Own()
  const loggers = new NamedLoggers(own, ['a'])
  t.equal(loggers.levels().get('root'), 'TRACE')
  everyLevel(loggers.named('a'))
  t.same(own.taken(), ['debug debug', 'info info', 'warn warn', 'error error'])
  loggers.setLevel('a', 'WARN')
  everyLevel(loggers.named('a'))
  t.same(own.taken(), ['warn warn', 'error error'])
})

t.test('whoever asks whether a line would be written is told by the level in force', async (t) => {
  const { loggers } = overPino('info')
  const a = loggers.named('a')
  const written = () => LOG_LEVELS.filter((level) => a.isLevelEnabled?.(level.toLowerCase()))
  t.same(written(), ['INFO', 'WARN', 'ERROR', 'FATAL'])
  loggers.setLevel('a', 'DEBUG')
  t.same(written(), ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])
  const target = { ...silentLogger(), level: undefined, isLevelEnabled: (level: string) => level !== 'debug' }
  t.equal(new NamedLoggers(target, []).levels().get('root'), 'INFO')
})

t.test('a logger that says nothing is FATAL, and so is pino when it is silent', async (t) => {
  t.equal(new NamedLoggers(silentLogger(), []).levels().get('root'), 'FATAL')
  const { loggers, said } = overPino('silent')
  everyLevel(loggers.named('a'))
  t.same(said(), [])
  loggers.setLevel('a', 'INFO')
  everyLevel(loggers.named('a'))
  t.same(said(), ['a: info', 'a: warn', 'a: error'])
})

t.test('classes of Apache stand for parts, and have the level of the next name above', async (t) => {
  const { target, said } = overPino('warn')
  const loggers = new NamedLoggers(target, ['a', 'b'], {
    kafka: [],
    'kafka.server.Apis': ['a'],
    'kafka.Log': ['a', 'b'],
  })
  t.same(Object.fromEntries(loggers.levels()), {
    root: 'WARN',
    a: 'WARN',
    b: 'WARN',
    kafka: 'WARN',
    'kafka.server.Apis': 'WARN',
    'kafka.Log': 'WARN',
  })
  loggers.setLevel('kafka', 'ERROR')
  t.match(Object.fromEntries(loggers.levels()), { root: 'WARN', a: 'ERROR', b: 'ERROR', 'kafka.server.Apis': 'ERROR' })
  loggers.setLevel('kafka.server.Apis', 'DEBUG')
  everyLevel(loggers.named('a'))
  everyLevel(loggers.named('b'))
  t.same(said(), ['a: debug', 'a: info', 'a: warn', 'a: error', 'b: error'], 'the most talkative one is heard')
  loggers.setLevel('a', 'INFO')
  t.equal(loggers.levels().get('a'), 'INFO', 'a level of its own wins')
  loggers.setLevel('a', null)
  loggers.setLevel('kafka.server.Apis', null)
  t.match(Object.fromEntries(loggers.levels()), { a: 'ERROR', 'kafka.server.Apis': 'ERROR' })
  loggers.setLevel('kafka', null)
  t.match(Object.fromEntries(loggers.levels()), { a: 'WARN', b: 'WARN', kafka: 'WARN' })
  loggers.setLevel('kafka.server', 'DEBUG')
  t.match(Object.fromEntries(loggers.levels()), { a: 'WARN' }, 'nobody has that name')
  t.notOk(loggers.has('kafka.server'))
})
