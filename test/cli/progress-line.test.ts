import t from 'tap'
import { ProgressLine } from '../../src/cli/progress-line.ts'
import type { Clock } from '../../src/env/index.ts'

t.test('a progress line appears late, moves at a calm pace and leaves nothing behind', async (t) => {
  let nowMs = 1_000
  let written = ''
  const clock = { monotonicMs: () => nowMs } as Clock
  const line = new ProgressLine(clock, { write: (text) => (written += text) })
  for (let done = 1; done <= 100; done++) {
    nowMs += 10
    line.show(`${done} of 100`)
  }
  line.clear()
  line.clear()
  const shown = written.split('\r\x1b[2K')
  t.strictSame(shown, ['', '50 of 100', '60 of 100', '70 of 100', '80 of 100', '90 of 100', '100 of 100', ''])
})

t.test('a quick start shows none', async (t) => {
  let written = ''
  const line = new ProgressLine({ monotonicMs: () => 0 } as Clock, { write: (text) => (written += text) })
  line.show('1 of 1')
  line.clear()
  t.equal(written, '')
})
