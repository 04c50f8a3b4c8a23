import t from 'tap'
import { withoutRedraws } from '../../scripts/support/steps.ts'

t.test('of a progress that is written again and again the last state stays, and everything else', (t) => {
  const redraw = (done: number) => [
    `Asserts:  ${done} pass  0 fail  ${done} of 9 complete`,
    `Suites:  0 pass  0 fail  ${done} of 3 complete`,
    '',
  ]
  const output = [...redraw(1), 'not ok 1 - it broke', ...redraw(2), '', '    at there', ...redraw(3)]
  t.same(withoutRedraws(output), [
    '',
    'not ok 1 - it broke',
    '',
    '    at there',
    'Asserts:  3 pass  0 fail  3 of 9 complete',
    'Suites:  0 pass  0 fail  3 of 3 complete',
    '',
  ])
  t.end()
})
