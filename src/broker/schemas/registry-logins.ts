/** The rule by which clients of the schema registry log in (`samsa.schema.registry.authentication.method`). */
import { type BrokerConfig, brokerListeners, type Endpoint, isLoopback } from '../../config/index.ts'
import type { Logins } from '../../web/services.ts'

/**
 * Confluent's registry asks nobody unless it is told to. This one asks as the broker beside it does: where one of the
 * broker's listeners lets a client in without a login, so does the registry. A listener on this machine's own addresses lets
 * in nobody from elsewhere.
 */
export function registryLogins(config: BrokerConfig): Logins {
  const method = config.get('samsa.schema.registry.authentication.method')
  if (method === 'NONE') return () => 'ignored'
  if (method === 'BASIC') return () => 'required'
  const open = brokerListeners(config).filter((each) => letsEverybodyIn(config, each))
  return ({ remoteAddress }) =>
    open.some(({ host }) => !isLoopback(host) || isLoopback(remoteAddress))
      ? 'optional'
      : 'required where there are users'
}

function letsEverybodyIn(config: BrokerConfig, { listenerName, securityProtocol }: Endpoint): boolean {
  if (securityProtocol === 'PLAINTEXT') return true
  return securityProtocol === 'SSL' && config.getForListener(listenerName, 'ssl.client.auth') !== 'required'
}
