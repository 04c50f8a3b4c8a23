import { parseSuperUsers } from '../config/index.ts'
import type { Judge } from '../dispatch/judgment.ts'
import type { MetadataImage, MetadataSubscriber } from '../metadata/image/metadata-image.ts'
import type { AuditTrail } from '../security/audit-trail.ts'
import type { BuildOptions } from './options.ts'

export interface Authorization {
  readonly judge: Judge
  /** Takes up the ACLs of the image at the start. */
  load(image: MetadataImage): void
  readonly follow: MetadataSubscriber
}

/** null: no authorizer is configured, everybody may do everything, and nothing of one is loaded. */
export async function openAuthorizer(
  { config, loggers }: BuildOptions,
  image: () => MetadataImage | null,
  trail: AuditTrail | null,
): Promise<Authorization | null> {
  if (config.get('authorizer.class.name') === '') return null
  const [{ StandardAuthorizer }, { AclAudit }, { ClientPermissions }] = await Promise.all([
    import('../security/acl/standard-authorizer.ts'),
    import('../security/acl/acl-audit.ts'),
    import('../dispatch/client-permissions.ts'),
  ])
  const authorizer = new StandardAuthorizer({
    superUsers: parseSuperUsers(config.get('super.users')),
    isOpenByDefault: config.get('allow.everyone.if.no.acl.found'),
  })
  const audit = new AclAudit(loggers.named('samsa.authorizer'), trail)
  return {
    judge: {
      permissions: ({ peer, remoteAddress }, api) =>
        new ClientPermissions(authorizer.client(peer.principal, remoteAddress), audit, api),
      topicName: (topicId) => image()?.topics.getById(topicId)?.name ?? null,
    },
    load: ({ acls }) => authorizer.change([], acls.values()),
    follow: ({ changedAcls, after }) => {
      if (changedAcls.length === 0) return
      const present = changedAcls.flatMap((id) => after.acls.get(id) ?? [])
      authorizer.change(changedAcls, present)
    },
  }
}
