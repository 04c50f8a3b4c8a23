import t from 'tap'
import { compileRe2, PatternSyntaxError } from '../../src/patterns/re2.ts'
import { withoutNestedCounts } from '../../src/patterns/re2-repeats.ts'
import { re2Size } from '../../src/patterns/re2-size.ts'

t.test('counts in counts are taken as RE2/J takes them', (t) => {
  const a = (count: number) => 'a'.repeat(count)
  const matches = (pattern: string, text: string) => compileRe2(pattern)(text)
  t.ok(matches('(a{1000}){10}', a(10_000)))
  t.notOk(matches('(a{1000}){10}', a(9_999)))
  t.ok(matches('(?:a{500}){2,4}', a(1_500)))
  t.notOk(matches('(?:a{500}){2,4}', a(2_500)))
  t.ok(matches('(a{600}){2,}', a(3_000)))
  t.notOk(matches('(a{600}){2,}', a(600)))
  t.ok(matches('(a{600}|b){0,3}', `${a(600)}b`))
  t.ok(matches('x(a{40}){50}y|z', 'z'))
  t.ok(matches('((a{20}){20}){20}', a(8_000)))
  t.end()
})

t.test('what looks like a count and is none stays as it is', (t) => {
  for (const pattern of [
    'a{3}',
    '[a{2}]{3}',
    '\\Q(a{9}){9}\\E',
    '\\p{Greek}{2}',
    'a{b}',
    '\\{3}{2}',
    '[]{2}]{3}',
    '(a',
  ]) {
    t.equal(withoutNestedCounts(pattern), pattern, pattern)
  }
  t.equal(withoutNestedCounts('(a{2}){2}'), '(?:(a{2})(a{2}))')
  t.equal(withoutNestedCounts('(a{1000}){1000}'.replace('a', 'b'.repeat(1_000))), null)
  t.end()
})

t.test('a pattern that counts beyond all bounds is refused before anything is made of it', (t) => {
  const sizes: [pattern: string, size: number][] = [
    ['orders-.*', 9],
    ['a{3}b', 4],
    ['[a-z]{2,5}\\pL', 7],
    ['\\p{Greek}{4,}', 5],
    ['\\Qa{9}\\E', 4],
    ['(ab){10}', 30],
    ['(?:(?P<n>ab){10}c){10}', 320],
    ['(x{1000}){1000}', 1_001_000],
  ]
  for (const [pattern, size] of sizes) t.equal(re2Size(pattern), size, pattern)
  for (const pattern of ['(x{1000}){1000}', 'x{1000}'.repeat(1000), '((((((x{10}){10}){10}){10}){10}){10}){10}']) {
    t.throws(() => compileRe2(pattern), new PatternSyntaxError('expression too large'))
  }
  t.ok(compileRe2('x'.repeat(32_767)), 'all that a text of the protocol can say without counts')
  t.ok(compileRe2('(?:[a-z]{1,60}-){3}[0-9]{1,200}')('a-b-c-7'))
  t.end()
})

t.test('what no RE2 takes is refused in its words', (t) => {
  for (const pattern of ['a{1001}', '(a{1001}){2}', '(', 'a**', '(?<n']) {
    try {
      compileRe2(pattern)
      t.fail(`${pattern} is taken`)
    } catch (error) {
      t.ok(error instanceof PatternSyntaxError, `${pattern}: ${(error as Error).message}`)
    }
  }
  t.end()
})
