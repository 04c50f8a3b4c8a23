/** Both brokers with the same users and an authorizer, for `make diff SECURITY=1`. */
import { createAcls, type Ports, reachOf, securedProperties } from '../../permissions/secured.ts'
import { apacheBroker } from '../../support/apache.ts'
import { freePorts } from '../../support/broker.ts'
import { samsaBroker } from '../../support/samsa.ts'
import { common, type DiffBrokers, ofSamsa, started } from '../brokers.ts'
import type { DiffBroker } from '../run.ts'
import { Session } from '../session.ts'

export async function securedBrokersForDiff(): Promise<DiffBrokers> {
  const apache = await securedApache(common)
  const [plain, sasl] = await freePorts(2)
  const properties = { ...common, ...ofSamsa, ...securedProperties({ plain, sasl }) }
  const samsa = withUsers(await samsaBroker({ port: plain, properties }), { plain, sasl })
  const brokers = await started({ apache, samsa })
  await Promise.all([apache, samsa].map(({ broker, reach }) => createAcls(new Session(broker, 'acls', reach))))
  return brokers
}

/** Not started yet; `classes` may hold another authorizer, which `more` names. */
export async function securedApache(more: Record<string, string>, classes?: string): Promise<DiffBroker> {
  const [plain, sasl, controller] = await freePorts(3)
  const properties = {
    ...securedProperties({ plain, sasl }, controller),
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    ...more,
  }
  return withUsers(await apacheBroker({ port: plain, properties, classes }), { plain, sasl })
}

const withUsers = (broker: DiffBroker['broker'], ports: Ports): DiffBroker => ({
  broker,
  reach: reachOf(ports),
  ports: [ports.sasl],
})
