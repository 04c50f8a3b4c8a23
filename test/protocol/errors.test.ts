import t from 'tap'
import { ErrorCode, type ErrorName, errorMessage, errorName, isRetriable, KafkaError } from '../../protocol/errors.ts'
import { facts } from '../support/facts.ts'

interface ErrorFacts {
  readonly code: number
  readonly name: ErrorName
  readonly retriable: boolean
}

t.test("the table is Kafka's", (t) => {
  const expected: ErrorFacts[] = facts('errors.json')
  t.strictSame(
    Object.entries(ErrorCode),
    expected.map(({ name, code }) => [name, code]),
  )
  for (const { code, name, retriable } of expected) {
    t.equal(errorName(code), name)
    t.equal(isRetriable(code), retriable, `${name} retriable`)
  }
  t.end()
})

t.test('a code that nobody knows is UNKNOWN_SERVER_ERROR, as in Kafka', (t) => {
  t.equal(errorName(9999), 'UNKNOWN_SERVER_ERROR')
  t.equal(isRetriable(9999), false)
  t.equal(errorMessage(ErrorCode.NONE), null)
  t.end()
})

t.test('an error carries the text of its code where nothing more exact is said', (t) => {
  t.match(new KafkaError(ErrorCode.NOT_COORDINATOR), { code: 16, message: 'This is not the correct coordinator.' })
  t.match(new KafkaError(ErrorCode.INVALID_CONFIG, 'retention.ms must be a number'), {
    code: 40,
    message: 'retention.ms must be a number',
  })
  t.end()
})
