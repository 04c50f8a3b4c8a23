/** Which quota holds for a client, and who shares it: the transcripts of Kafka's ClientQuotaManagerTest. */
import t from 'tap'
import type { Clock } from '../../../src/env/index.ts'
import { canonicalAddress } from '../../../src/security/quotas/addresses.ts'
import { ClientQuotas } from '../../../src/security/quotas/client-quotas.ts'
import { Counters } from '../../../src/security/quotas/counters.ts'
import { QuotaLimits } from '../../../src/security/quotas/quota-limits.ts'
import { Rate } from '../../../src/security/quotas/rate.ts'
import { RateQuota } from '../../../src/security/quotas/rate-quota.ts'

const DEFAULT = null
type Name = string | null | undefined

/** The quotas of a cluster: a limit by user and client id, undefined where the entity has no such part. */
class Quotas {
  readonly #limits = new Map<string, { user: Name; clientId: Name; limit: number }>()

  set(user: Name, clientId: Name, limit: number | null): this {
    const key = JSON.stringify([user === undefined, user, clientId === undefined, clientId])
    if (limit === null) this.#limits.delete(key)
    else this.#limits.set(key, { user, clientId, limit })
    return this
  }

  get images() {
    return [...this.#limits.values()].map(({ user, clientId, limit }) => ({
      entity: [
        ...(user === undefined ? [] : [{ entityType: 'user', entityName: user }]),
        ...(clientId === undefined ? [] : [{ entityType: 'client-id', entityName: clientId }]),
      ],
      quotas: new Map([['producer_byte_rate', limit]]),
    }))
  }

  find(user: string, clientId: string) {
    return new QuotaLimits(this.images, 'producer_byte_rate').find(user, clientId)
  }
}

t.test('the most specific limit holds, in the order of Kafka', (t) => {
  // Each line outdoes those below it. The last two names say who shares the limit.
  const order: [Name, Name, sharedUser: string, sharedClientId: string][] = [
    ['u', 'c', 'u', 'c'],
    ['u', DEFAULT, 'u', 'c'],
    ['u', undefined, 'u', ''],
    [DEFAULT, 'c', 'u', 'c'],
    [DEFAULT, DEFAULT, 'u', 'c'],
    [DEFAULT, undefined, 'u', ''],
    [undefined, 'c', '', 'c'],
    [undefined, DEFAULT, '', 'c'],
  ]
  const quotas = new Quotas().set('other', 'c', 9001).set('u', 'other', 9002).set(undefined, 'other', 9003)
  t.equal(quotas.find('u', 'c'), null)
  for (const [rank, [user, clientId, sharedUser, sharedClientId]] of [...order.entries()].reverse()) {
    quotas.set(user, clientId, rank + 1)
    t.strictSame(quotas.find('u', 'c'), { limit: rank + 1, user: sharedUser, clientId: sharedClientId })
  }
  t.end()
})

t.test('a client without a client id has the quotas of its user alone', (t) => {
  const quotas = new Quotas().set('u', DEFAULT, 1).set(undefined, DEFAULT, 2)
  t.equal(quotas.find('u', ''), null)
  t.strictSame(quotas.set(DEFAULT, undefined, 3).find('u', ''), { limit: 3, user: 'u', clientId: '' })
  t.end()
})

t.test('precedence and sharing, as limits come and go (testQuotaConfigPrecedence)', (t) => {
  const quotas = new Quotas()
  const quota = new RateQuota('producer_byte_rate', { samples: 11, sampleMs: 1000 })
  const set = (user: Name, clientId: Name, limit: number | null) => {
    quota.setLimits(quotas.set(user, clientId, limit).images)
  }
  const check = (user: string, clientId: string, bound: number, value: number, isThrottled: boolean) => {
    const what = `${user} ${clientId} ${value}`
    t.equal(quotas.find(user, clientId)?.limit, bound, what)
    t.equal(quota.mostAtOnce(user, clientId), bound * 10, what)
    t.equal(quota.use(user, clientId, value * 11, 0) > 0, isThrottled, what)
  }
  set(DEFAULT, undefined, 1000)
  set(undefined, DEFAULT, 2000)
  set(DEFAULT, DEFAULT, 3000)
  set('userA', undefined, 4000)
  set('userA', 'client1', 5000)
  set('userB', undefined, 6000)
  set('userB', 'client1', 7000)
  set('userB', DEFAULT, 8000)
  set('userC', undefined, 10_000)
  set(undefined, 'client1', 9000)

  check('userA', 'client1', 5000, 4500, false)
  check('userA', 'client2', 4000, 4500, true)
  check('userA', 'client3', 4000, 0, true)
  check('userA', 'client1', 5000, 0, false)
  check('userB', 'client1', 7000, 8000, true)
  check('userB', 'client2', 8000, 7000, false)
  check('userB', 'client3', 8000, 7000, false)
  check('userD', 'client1', 3000, 3500, true)
  check('userD', 'client2', 3000, 2500, false)
  check('userE', 'client1', 3000, 2500, false)

  set(DEFAULT, DEFAULT, null)
  check('userD', 'client1', 1000, 0, false)
  check('userE', 'client4', 1000, 1500, true)
  check('userF', 'client4', 1000, 800, false)
  check('userF', 'client5', 1000, 800, true)

  set(DEFAULT, undefined, null)
  check('userF', 'client4', 2000, 0, false)
  check('userF', 'client5', 2000, 0, false)
  check('userF', 'client5', 2000, 2500, true)
  check('userG', 'client5', 2000, 0, true)

  set('userA', undefined, 8000)
  set('userA', 'client1', 10_000)
  check('userA', 'client2', 8000, 0, false)
  check('userA', 'client2', 8000, 4500, true)
  check('userA', 'client1', 10_000, 0, false)
  check('userA', 'client1', 10_000, 6000, true)
  set('userA', 'client1', null)
  check('userA', 'client6', 8000, 0, true)
  set('userA', 'client6', 11_000)
  check('userA', 'client6', 11_000, 8500, false)
  set('userA', DEFAULT, 12_000)
  set('userA', 'client6', null)
  check('userA', 'client6', 12_000, 4000, true)
  t.end()
})

t.test('what is not given does not count, but to whom nothing was given everything is', (t) => {
  const quota = new RateQuota('producer_byte_rate', { samples: 11, sampleMs: 1000 })
  quota.setLimits(new Quotas().set(undefined, 'c', 100).images)
  t.strictSame(quota.tryToUse('u', 'c', 5000, 0), { isUsed: true, throttleMs: 50_000 })
  t.strictSame(quota.tryToUse('u', 'c', 1, 0).isUsed, false)
  // 5000 in 10 s are 400 a second too many.
  t.equal(quota.use('u', 'c', 0, 0), 40_000)
  t.strictSame(quota.tryToUse('u', 'c', 900, 20_000), { isUsed: true, throttleMs: 0 })
  t.strictSame(quota.tryToUse('u', 'other', 1_000_000, 0), { isUsed: true, throttleMs: 0 })
  t.end()
})

t.test('clients that name themselves anew at each request cost no more than a window of names', (t) => {
  const counters = new Counters(
    () => new Rate({ samples: 2, sampleMs: 1000 }),
    (rate, nowMs) => rate.isEmpty(nowMs),
  )
  let most = 0
  for (let i = 0; i < 100_000; i++) {
    counters.of('user', `client-${i}`, i).add(1, i)
    most = Math.max(most, counters.size)
  }
  t.ok(most < 10_000, `${most} counters`)
  t.end()
})

t.test('one text for each way to write an address, and none for the name of a host', (t) => {
  const same: [string, string | null][] = [
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::00ff', '2001:db8::ff'],
    ['fe80::1%eth0', 'fe80::1'],
    ['1.2.3', null],
    ['1.2.3.4.5', null],
    ['256.1.1.1', null],
    ['1.2.3.4.', null],
    ['localhost', null],
    ['a:b', null],
    ['', null],
  ]
  for (const [text, expected] of same) t.equal(canonicalAddress(text), expected, text)
  t.end()
})

t.test('the time of a request counts once, however often its answer is made', (t) => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs } as Clock
  const quotas = new ClientQuotas(clock, { samples: 11, sampleMs: 1000 })
  quotas.setLimits([
    { entity: [{ entityType: 'user', entityName: 'alice' }], quotas: new Map([['request_percentage', 1]]) },
  ])
  const request = quotas.begin('alice', 'client')!
  nowMs = 600
  const throttleTimeMs = request.ends()
  t.ok(throttleTimeMs > 0)
  t.equal(request.ends(), throttleTimeMs, 'an answer that could not be encoded is made again')
  t.end()
})
