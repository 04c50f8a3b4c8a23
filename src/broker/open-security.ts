import { type BrokerConfig, brokerListeners, controllerListeners } from '../config/index.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import type { ListenerSecurity } from '../security/listener-security.ts'
import type { BuildOptions } from './options.ts'

/** The listeners that are not PLAINTEXT, by their names. */
export type Security = ReadonlyMap<string, ListenerSecurity>

const NONE: Security = new Map()

/**
 * Reads key stores, users and rules, before a port is taken. A broker whose listeners are all PLAINTEXT loads nothing of
 * it. `image` is asked when clients log in, which is after the metadata is there.
 */
export async function openSecurity(options: BuildOptions, image: () => MetadataImage | null): Promise<Security> {
  const { config, environment, loggers } = options
  const logger = loggers.named('samsa.security')
  const listeners = [...brokerListeners(config), ...controllerListeners(config)]
  const endpoints = listeners.filter(({ securityProtocol }) => securityProtocol !== 'PLAINTEXT')
  if (endpoints.length === 0) return NONE
  const [{ ListenerSecurity }, { metadataCredentials }, { tokenSecretKey }] = await Promise.all([
    import('../security/listener-security.ts'),
    import('../security/credentials.ts'),
    import('../security/delegation-tokens.ts'),
  ])
  const { clock, random } = environment
  const credentials = metadataCredentials({
    image,
    secretKey: () => tokenSecretKey(config),
    random,
    nowMs: () => clock.nowMs(),
  })
  const opened = new Map<string, ListenerSecurity>()
  try {
    for (const endpoint of endpoints) {
      opened.set(
        endpoint.listenerName,
        await ListenerSecurity.open(endpoint, { config, environment, logger, credentials }),
      )
    }
  } catch (error) {
    for (const security of opened.values()) security.stop()
    throw error
  }
  return opened
}

/** Throws `ConfigError` when a listener could not go on with this configuration. */
export async function checkSecurityChange(security: Security, config: BrokerConfig): Promise<void> {
  for (const listener of security.values()) await listener.checkChange(config)
}
