import type { GroupClient } from '../../coordinator/group-facades/group-shards.ts'
import { QUIETLY } from '../../dispatch/access.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import { javaHostAddress } from '../../security/acl/acl-host.ts'

/** The client as groups remember it and show it to administrators. */
export function groupClient(context: RequestContext): GroupClient {
  return {
    apiVersion: context.apiVersion,
    clientId: context.clientId ?? '',
    clientHost: `/${javaHostAddress(context.connection.remoteAddress)}`,
    mayDescribe: (topic) => context.permissions.allows('DESCRIBE', 'TOPIC', topic, QUIETLY),
  }
}
