/** The pace of the live samples. */
import t from 'tap'
import { unchecked } from '../../../protocol/unchecked.ts'
import type { Clock } from '../../../src/env/index.ts'
import type { BrokerCalls } from '../../../src/web/page/broker-calls.ts'
import { LiveFeed } from '../../../src/web/page/live.ts'

const NO_COUNTS = { connections: 0, bytesIn: 0, bytesOut: 0, requests: 0, errors: 0, memoryBytes: 0, activeSeconds: 0 }

t.test(
  'a sample sets the pause behind it to a hundred times what it cost, but for the first one, which is cold',
  async (t) => {
    let costMs = 300
    let nowMs = 0
    const clock = unchecked<Clock>({ monotonicMs: () => nowMs, nowMs: () => nowMs })
    const calls: BrokerCalls = {
      async call(api) {
        if (api === 'Metadata') nowMs += costMs
        return unchecked({ topics: [], groups: [], results: [] })
      },
    }
    const feed = new LiveFeed(calls, clock, () => NO_COUNTS)
    await feed.sample()
    t.equal(feed.pauseMs, 1_000, 'two samples make a line: the second one comes at once')
    await feed.sample()
    t.equal(feed.pauseMs, 30_000)
    costMs = 20
    await feed.sample()
    t.equal(feed.pauseMs, 2_000)
    costMs = 1
    await feed.sample()
    t.equal(feed.pauseMs, 1_000)
  },
)
