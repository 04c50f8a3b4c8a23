/** How a broker is set up for the judges of authorization: users of SASL PLAIN, a listener without a login, ACLs. */
import type { Login } from '../diff/connection.ts'
import type { Reach, Session } from '../diff/session.ts'
import { ANONYMOUS, passwordOf, principals, ROOT } from './principals.ts'

export const AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

export interface Ports {
  /** The port of the listener without a login. */
  plain: number
  sasl: number
}

const loginOf = (username: string): Login => ({ username, password: passwordOf(username) })

/** Without a name it is the super user, for requests that are no part of a comparison. */
export function reachOf({ plain, sasl }: Ports): Reach {
  return (user = ROOT) => (user === ANONYMOUS ? { port: plain } : { port: sasl, login: loginOf(user) })
}

/** `controller`: the port of a controller's own listener, which Apache has. */
export function securedProperties({ plain, sasl }: Ports, controller?: number): Record<string, string> {
  const root = `username="${ROOT}" password="${passwordOf(ROOT)}"`
  const users = principals.map(({ user }) => `user_${user}="${passwordOf(user)}"`)
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required ${root} ${users.join(' ')};`
  const listeners = `PLAINTEXT://127.0.0.1:${plain},SASL_PLAINTEXT://127.0.0.1:${sasl}`
  return {
    listeners: controller === undefined ? listeners : `${listeners},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': listeners,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
    'inter.broker.listener.name': 'SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': jaas,
    ...(controller !== undefined && { 'listener.name.controller.plain.sasl.jaas.config': jaas }),
    'authorizer.class.name': AUTHORIZER,
    'super.users': `User:${ROOT}`,
    'delegation.token.secret.key': 'a secret of the tests',
    'auto.create.topics.enable': 'true',
    // Members that say nothing stay to the end of a run.
    'group.consumer.max.session.timeout.ms': '3600000',
    'group.consumer.session.timeout.ms': '3600000',
    'group.share.max.session.timeout.ms': '3600000',
    'group.share.session.timeout.ms': '3600000',
    'group.streams.max.session.timeout.ms': '3600000',
    'group.streams.session.timeout.ms': '3600000',
  }
}

/** Creates the ACLs of all principals and waits until the broker judges by them. */
export async function createAcls(session: Session): Promise<void> {
  const creations = principals.flatMap(({ acls }) => acls)
  const { results = [] } = await session.aside.send('CreateAcls', 3, { creations })
  const failed = results.find(({ errorCode }: { errorCode: number }) => errorCode !== 0)
  if (failed !== undefined || results.length !== creations.length) {
    throw new Error(`${session.broker.product}: the ACLs could not be created: ${JSON.stringify(failed ?? results)}`)
  }
  // A broker follows its metadata log in order, and its authorizer comes last.
  await session.settle()
  await session.settle()
}
