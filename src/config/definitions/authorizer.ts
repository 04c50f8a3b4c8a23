import { boolean, string } from '../definition.ts'

/** Keys that Apache's broker leaves to its StandardAuthorizer: they are in no table of its own. */
export const authorizerDefinitions = {
  'allow.everyone.if.no.acl.found': boolean(false, {
    documentation: 'Whether a resource that no ACL is about is open to everybody.',
  }),
  'super.users': string('', {
    documentation: 'Principals who may do everything, separated by semicolons: User:alice;User:bob.',
  }),
} as const
