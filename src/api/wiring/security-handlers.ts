import type { BrokerConfig } from '../../config/index.ts'
import type { AdminRequests } from '../../controller/admin-requests.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { AuditTrail } from '../../security/audit-trail.ts'
import { alterClientQuotasHandler } from '../alter-client-quotas.ts'
import { alterUserScramCredentialsHandler } from '../alter-user-scram-credentials.ts'
import { createAclsHandler } from '../create-acls.ts'
import { createDelegationTokenHandler } from '../create-delegation-token.ts'
import { deleteAclsHandler } from '../delete-acls.ts'
import { describeAclsHandler } from '../describe-acls.ts'
import { describeClientQuotasHandler } from '../describe-client-quotas.ts'
import { describeDelegationTokenHandler } from '../describe-delegation-token.ts'
import { describeUserScramCredentialsHandler } from '../describe-user-scram-credentials.ts'
import { expireDelegationTokenHandler } from '../expire-delegation-token.ts'
import { renewDelegationTokenHandler } from '../renew-delegation-token.ts'
import { saslAuthenticateHandler } from '../sasl-authenticate.ts'
import { saslHandshakeHandler } from '../sasl-handshake.ts'

export interface SecurityServices {
  config: BrokerConfig
  environment: Environment
  logger: Logger
  /** null, or absent: nobody would look at it. */
  audit?: AuditTrail | null
  controller: AdminRequests
  metadata: PublishedMetadata
}

/** The APIs by which clients log in, and those that say who may, and what they may do. */
export function securityHandlers({
  config,
  environment,
  logger,
  audit = null,
  controller,
  metadata,
}: SecurityServices) {
  const { clock, network } = environment
  const failureDelayMs = () => config.get('connection.failed.authentication.delay.ms')
  const hasAuthorizer = () => config.get('authorizer.class.name') !== ''
  return [
    saslHandshakeHandler(),
    saslAuthenticateHandler({ clock, logger, audit, failureDelayMs }),
    describeUserScramCredentialsHandler({ metadata }),
    alterUserScramCredentialsHandler({ controller, clock }),
    describeAclsHandler({ metadata, hasAuthorizer }),
    createAclsHandler({ controller, clock, hasAuthorizer }),
    deleteAclsHandler({ controller, clock, hasAuthorizer }),
    describeClientQuotasHandler({ metadata }),
    alterClientQuotasHandler({ controller, clock, network }),
    createDelegationTokenHandler({ controller, clock }),
    renewDelegationTokenHandler({ controller, clock }),
    expireDelegationTokenHandler({ controller, clock }),
    describeDelegationTokenHandler({ config, metadata }),
  ]
}
