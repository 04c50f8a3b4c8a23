import type { BrokerConfig } from '../../config/index.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { canonicalAddress } from '../../security/quotas/addresses.ts'
import { ClientQuotas } from '../../security/quotas/client-quotas.ts'
import { addressLimits } from '../../security/quotas/quota-limits.ts'
import type { Server } from '../../server/server.ts'

export function clientQuotas(config: BrokerConfig, { clock }: Pick<Environment, 'clock'>): ClientQuotas {
  const sampleMs = config.get('quota.window.size.seconds') * 1000
  return new ClientQuotas(clock, { samples: config.get('quota.window.num'), sampleMs })
}

interface Followers {
  readonly metadata: PublishedMetadata
  readonly network: Environment['network']
  readonly logger: Logger
  readonly quotas: ClientQuotas
  readonly server: Server
}

/** Puts the quotas of the metadata in force, now and whenever they change. */
export function followQuotas(followers: Followers): void {
  const { metadata, quotas } = followers
  let changes = 0
  const apply = ({ clientQuotas }: MetadataImage): void => {
    const change = ++changes
    quotas.setLimits(clientQuotas.values())
    limitAddresses(followers, addressLimits(clientQuotas.values()), () => change === changes)
  }
  if (metadata.image.clientQuotas.size > 0) apply(metadata.image)
  metadata.subscribe(({ before, after }) => {
    if (before.clientQuotas !== after.clientQuotas) apply(after)
  })
}

/** The limit of an address is in force at once, that of a host once its name has been resolved; nothing waits for it. */
function limitAddresses(
  { server, network, logger }: Followers,
  wanted: ReadonlyMap<string | null, number>,
  isNewest: () => boolean,
): void {
  const limits = new Map<string | null, number>()
  for (const [name, limit] of wanted) {
    const address = name === null ? null : canonicalAddress(name)
    if (name === null || address !== null) limits.set(address, limit)
    else {
      network.resolve(name).then(
        (addresses) => {
          if (!isNewest()) return
          for (const each of addresses) limits.set(canonicalAddress(each) ?? each, limit)
          server.setAddressLimits(limits)
        },
        (err) => logger.warn({ err }, `The connection_creation_rate of ${name} has no effect: no such host is known`),
      )
    }
  }
  server.setAddressLimits(limits)
}
