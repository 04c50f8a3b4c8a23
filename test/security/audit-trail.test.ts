/** The audit in memory: bounded by kind, whatever clients do. */
import t from 'tap'
import { type AuditEvent, AuditTrail } from '../../src/security/audit-trail.ts'

function trail() {
  let nowMs = 0
  const kept = new AuditTrail({ nowMs: () => ++nowMs })
  const add = (kind: AuditEvent['kind'], what: string, principal = 'User:a') =>
    kept.add({ kind, principal, address: '127.0.0.1', what })
  return { kept, add }
}

t.test('what happens again is one event that counts, but for changes, whose order says what holds', (t) => {
  const { kept, add } = trail()
  for (const what of ['reads x', 'reads y', 'reads x']) add('denied', what)
  add('denied', 'reads x', 'User:b')
  for (const what of ['sets 1', 'sets 2', 'sets 1']) add('change', what)
  t.same(
    kept
      .events()
      .map(({ kind, what, principal, firstMs, lastMs, times }) => [kind, what, principal, firstMs, lastMs, times]),
    [
      ['change', 'sets 1', 'User:a', 7, 7, 1],
      ['change', 'sets 2', 'User:a', 6, 6, 1],
      ['change', 'sets 1', 'User:a', 5, 5, 1],
      ['denied', 'reads x', 'User:b', 4, 4, 1],
      ['denied', 'reads x', 'User:a', 1, 3, 2],
      ['denied', 'reads y', 'User:a', 2, 2, 1],
    ],
  )
  t.end()
})

t.test('a flood of one kind drives out none of another, and long texts are cut', (t) => {
  const { kept, add } = trail()
  add('change', 'adds an ACL')
  for (let i = 0; i < 5_000; i++) add('denied', `reads ${i} ${'x'.repeat(10_000)}`, 'y'.repeat(10_000))
  const events = kept.events()
  t.equal(events.length, 501)
  t.match(events.at(-1), { kind: 'change', what: 'adds an ACL' })
  t.match(events[0]?.what, /^reads 4999 x{289}…$/)
  t.ok(JSON.stringify(events).length < 500_000)
  t.end()
})
