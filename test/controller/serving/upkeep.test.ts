/** Sessions of brokers and the work that nobody asks for, on a clock that the test moves. */
import t from 'tap'
import { BrokerConfig } from '../../../src/config/index.ts'
import { BrokerSessions } from '../../../src/controller/serving/broker-sessions.ts'
import { Upkeep } from '../../../src/controller/serving/upkeep.ts'
import { silentLogger } from '../../../src/env/silent-logger.ts'
import { broker, FEATURES } from '../support/cluster.ts'
import { imageOf } from '../support/records.ts'

/** A clock of timers that fire when it is moved; a stall moves it past them at once. */
class Hand {
  ms = 0
  readonly #timers: { atMs: number; fn: () => void }[] = []
  nowMs = () => this.ms
  monotonicMs = () => this.ms
  defer = (fn: () => void) => fn()
  schedule = (delayMs: number, fn: () => void) => {
    const timer = { atMs: this.ms + delayMs, fn }
    this.#timers.push(timer)
    return { cancel: () => void this.#timers.splice(this.#timers.indexOf(timer), this.#timers.includes(timer) ? 1 : 0) }
  }

  async moveTo(ms: number): Promise<void> {
    for (;;) {
      const next = this.#timers.sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > ms) break
      this.#timers.shift()
      this.ms = Math.max(this.ms, next.atMs)
      next.fn()
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    }
    this.ms = ms
  }
}

const cluster = imageOf([...FEATURES, broker(1), broker(2), broker(3, { fenced: true })]).cluster

function begin(properties: Record<string, string>) {
  const clock = new Hand()
  const config = new BrokerConfig(properties)
  const sessions = new BrokerSessions(config.get('broker.session.timeout.ms'))
  sessions.begin(cluster, 0)
  const done: string[] = []
  const upkeep = new Upkeep(
    { config, clock, logger: silentLogger() },
    {
      fenceStaleBrokers: async () => {
        for (const { brokerId } of sessions.expired(clock.ms)) {
          sessions.end(brokerId)
          done.push(`fences ${brokerId} at ${clock.ms}`)
        }
      },
      balanceLeaders: async () => done.push(`balances at ${clock.ms}`) > 99,
      electUncleanLeaders: async () => done.push(`elects at ${clock.ms}`) > 99,
      excuse: (ms) => sessions.excuse(ms),
    },
  )
  return { clock, sessions, upkeep, done }
}

t.test('broker.session.timeout.ms is how long a broker may be silent, whoever was fenced before', async (t) => {
  const { clock, sessions, upkeep, done } = begin({ 'broker.session.timeout.ms': '800' })
  await clock.moveTo(700)
  sessions.heardOf({ brokerId: 2, brokerEpoch: 10n }, clock.ms)
  await clock.moveTo(1400)
  t.same(done, ['fences 1 at 900'])
  t.notOk(sessions.has({ brokerId: 1, brokerEpoch: 10n }, clock.ms))
  t.notOk(sessions.has({ brokerId: 2, brokerEpoch: 9n }, clock.ms), 'a session is of one registration')
  await clock.moveTo(1700)
  t.same(done.slice(1), ['fences 2 at 1600'])
  upkeep.stop()
  await clock.moveTo(9000)
  t.equal(done.length, 2, 'nothing happens after the stop')
})

t.test('time for which the process stood still is no time', async (t) => {
  const { clock, upkeep, done } = begin({ 'broker.session.timeout.ms': '800' })
  await clock.moveTo(500)
  clock.ms = 60_000
  await clock.moveTo(60_200)
  t.same(done, [], 'nobody is fenced for it')
  await clock.moveTo(61_000)
  t.equal(done.length, 2)
  upkeep.stop()
})

t.test('auto.leader.rebalance.enable and the intervals of elections are in force', async (t) => {
  const long = { 'broker.session.timeout.ms': '1000000' }
  const often = {
    ...long,
    'leader.imbalance.check.interval.seconds': '2',
    'unclean.leader.election.interval.ms': '3000',
  }
  const { clock, upkeep, done } = begin(often)
  await clock.moveTo(4500)
  t.same(done, ['balances at 2000', 'elects at 3000', 'balances at 4000'])
  upkeep.stop()
  const without = begin({ ...often, 'auto.leader.rebalance.enable': 'false' })
  await without.clock.moveTo(4500)
  t.same(without.done, ['elects at 3000'])
  without.upkeep.stop()
})
