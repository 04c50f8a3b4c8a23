/** The states of a broker's life, by the transitions of Kafka's BrokerLifecycleManager. */
import t from 'tap'
import { afterHeartbeat, whenLeaving } from '../../../src/controller/remote/broker-state.ts'

const answer = (isCaughtUp: boolean, isFenced: boolean, shouldShutDown = false) => ({
  isCaughtUp,
  isFenced,
  shouldShutDown,
})

t.test('from the registration to the end', (t) => {
  t.same(afterHeartbeat('starting', answer(false, true), false), { state: 'starting', next: 'soon' })
  t.same(afterHeartbeat('starting', answer(true, true), false), { state: 'recovery', next: 'soon' })
  t.same(afterHeartbeat('recovery', answer(true, true), false), { state: 'recovery', next: 'inTurn' })
  t.same(afterHeartbeat('recovery', answer(true, false), true), { state: 'running', next: 'inTurn' })
  t.same(
    afterHeartbeat('running', answer(true, true), true),
    { state: 'running', next: 'inTurn' },
    'fenced for a while',
  )
  t.equal(whenLeaving('running'), 'controlledShutdown')
  t.same(afterHeartbeat('controlledShutdown', answer(true, false), true), { state: 'controlledShutdown', next: 'soon' })
  t.same(afterHeartbeat('controlledShutdown', answer(true, false, true), true), { state: 'stopped', next: 'never' })
  t.end()
})

t.test('a broker that leads nothing yet leaves at once', (t) => {
  t.equal(whenLeaving('starting'), 'stopped')
  t.equal(whenLeaving('recovery'), 'stopped')
  t.end()
})
