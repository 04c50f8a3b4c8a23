/** Kafka's rates and token buckets: the numbers of its own tests. */
import t from 'tap'
import { Rate } from '../../../src/security/quotas/rate.ts'
import { TokenBucket } from '../../../src/security/quotas/token-bucket.ts'

const KAFKAS_DEFAULT = { samples: 11, sampleMs: 1000 }

t.test(
  'a spike is paid for with silence, and forgotten when its sample is (ClientQuotaManagerTest.testQuotaViolation)',
  (t) => {
    const rate = new Rate(KAFKAS_DEFAULT)
    let nowMs = 0
    for (let second = 0; second < 10; second++) {
      rate.add(400, nowMs)
      t.equal(rate.throttleMs(500, nowMs), 0)
      nowMs += 1000
    }
    nowMs += 500
    rate.add(2300, nowMs)
    // 400*10 + 2300 = 6300 in 10.5 s are 600 a second; (600 - 500) / 500 * 10.5 s.
    t.equal(rate.throttleMs(500, nowMs), 2100)
    nowMs += 2100
    for (let second = 0; second < 10; second++) {
      rate.add(400, nowMs)
      nowMs += 1000
    }
    rate.add(0, nowMs)
    t.equal(rate.throttleMs(500, nowMs), 0)
    t.end()
  },
)

t.test('a new rate counts as a window without its last sample', (t) => {
  const rate = new Rate(KAFKAS_DEFAULT)
  rate.add(5000, 70_000)
  t.equal(rate.throttleMs(500, 70_000), 0)
  rate.add(1, 70_000)
  t.equal(rate.throttleMs(500, 70_000), 2)
  t.end()
})

t.test('a sample counts in full as long as it was added to within the window', (t) => {
  const rate = new Rate({ samples: 2, sampleMs: 1000 })
  rate.add(900, 0)
  rate.add(900, 900)
  // 1800 in 2.5 s.
  t.equal(rate.throttleMs(600, 2500), 500)
  t.equal(rate.throttleMs(600, 2900), 0)
  t.ok(rate.isEmpty(2900))
  t.end()
})

t.test('a negative value takes back', (t) => {
  const rate = new Rate(KAFKAS_DEFAULT)
  rate.add(10_000, 5)
  rate.add(-10_000, 5)
  t.ok(rate.isEmpty(5))
  t.end()
})

t.test('a bucket is full at first, may be overdrawn, and fills by its limit (TokenBucketTest)', (t) => {
  const bucket = new TokenBucket({ samples: 100, sampleMs: 1000 })
  t.equal(bucket.tokens(5, 0), 500)
  bucket.take(60, 5, 0)
  t.equal(bucket.tokens(5, 0), 440)
  t.equal(bucket.tokens(5, 2000), 450)
  bucket.take(510, 5, 2000)
  t.equal(bucket.tokens(5, 2000), -60)
  t.equal(bucket.tokens(5, 14_000), 0)
  t.notOk(bucket.isFull(14_000))
  t.equal(bucket.tokens(5, 1_000_000), 500)
  t.ok(bucket.isFull(1_000_000))
  t.end()
})
