/** The nearest bound is in force, as Apache Kafka 4.4's GroupConfig.evaluate has it for a value that was allowed once. */
import t from 'tap'
import { BrokerConfig, withinGroupBounds } from '../../src/config/index.ts'

const SESSION = 'consumer.session.timeout.ms'
const LEAST = 'group.consumer.min.session.timeout.ms'
const MOST = 'group.consumer.max.session.timeout.ms'

t.test('what a group has set is in force within the bounds of the broker, as they are now', (t) => {
  const config = new BrokerConfig({ [LEAST]: '40000', [MOST]: '60000' })
  const groups = new Map([
    ['low', new Map([[SESSION, '5000']])],
    ['own', new Map([[SESSION, '50000']])],
    ['high', new Map([[SESSION, '90000']])],
  ])
  const inForce = withinGroupBounds(config, (groupId) => groups.get(groupId) ?? new Map())
  const times = () => [...groups.keys(), 'nothing of its own'].map((groupId) => inForce(groupId).get(SESSION))
  t.same(times(), ['40000', '50000', '60000', undefined])
  t.equal(inForce('own'), inForce('own'), 'it is worked out once')

  config.setDynamic('broker', new Map([[MOST, '45000']]))
  t.same(times(), ['40000', '45000', '45000', undefined])

  groups.set('own', new Map([[SESSION, '42000']]))
  t.same(times(), ['40000', '42000', '45000', undefined])
  t.end()
})
