/**
 * The principals of the judges of authorization, and the ACLs that they have: one of each ACL that there is, who may do
 * everything, who may do nothing, and who may do all but a part.
 *
 * Resources are named `mine…` or `theirs…`. An ACL of one operation is for those whose names begin with `mine`.
 */
import { AclOperation, CLUSTER_NAME, ResourceType, SUPPORTED_OPERATIONS } from '../../protocol/acl.ts'

/** As CreateAcls has it. */
export interface Acl {
  resourceType: number
  resourceName: string
  resourcePatternType: number
  principal: string
  host: string
  operation: number
  permissionType: number
}

export interface PrincipalUnderTest {
  user: string
  acls: readonly Acl[]
}

const ALL_OPERATIONS = 2
const [DENY, ALLOW] = [2, 3]
const [LITERAL, PREFIXED] = [3, 4]

/** The super user. */
export const ROOT = 'root'
/** May do nothing. */
export const NOBODY = 'nobody'
/** Comes by the listener without a login. */
export const ANONYMOUS = 'ANONYMOUS'
/** May do everything to what is its own, and nothing else. */
export const OWNER = 'owner'

type Part = Partial<Omit<Acl, 'principal' | 'resourceType' | 'operation'>>

const acl = (user: string, resource: ResourceType, operation: number, more: Part = {}): Acl => ({
  resourceType: ResourceType[resource],
  ...nameOf(resource),
  principal: `User:${user}`,
  host: '*',
  operation,
  permissionType: ALLOW,
  ...more,
})

/** Tokens have ids of their broker's choice, and users are named with their type. */
function nameOf(resource: ResourceType): { resourceName: string; resourcePatternType: number } {
  if (resource === 'CLUSTER') return { resourceName: CLUSTER_NAME, resourcePatternType: LITERAL }
  if (resource === 'DELEGATION_TOKEN') return { resourceName: '*', resourcePatternType: LITERAL }
  const resourceName = resource === 'USER' ? 'User:mine' : 'mine'
  return { resourceName, resourcePatternType: PREFIXED }
}

const wordsOf = (text: string): string => text.toLowerCase().replaceAll('_', '-')

function withOneAcl(resource: ResourceType): PrincipalUnderTest[] {
  const operations: [string, number][] = [
    ...SUPPORTED_OPERATIONS[resource].map((name): [string, number] => [name, AclOperation[name]]),
    ['ALL', ALL_OPERATIONS],
  ]
  return operations.map(([name, code]) => {
    const user = `${wordsOf(resource)}-${wordsOf(name)}`
    return { user, acls: [acl(user, resource, code)] }
  })
}

const EVERY_RESOURCE = Object.keys(ResourceType) as ResourceType[]
const OWNED = ['TOPIC', 'GROUP', 'TRANSACTIONAL_ID'] as const
const ANY_NAME = { resourceName: '*', resourcePatternType: LITERAL }

const everything = (user: string): Acl[] =>
  EVERY_RESOURCE.map((resource) => acl(user, resource, ALL_OPERATIONS, resource === 'CLUSTER' ? {} : ANY_NAME))

export const principals: readonly PrincipalUnderTest[] = [
  { user: ROOT, acls: [] },
  { user: NOBODY, acls: [] },
  { user: ANONYMOUS, acls: [] },
  { user: OWNER, acls: OWNED.map((resource) => acl(OWNER, resource, ALL_OPERATIONS)) },
  { user: 'everything', acls: everything('everything') },
  {
    user: 'everything-but-mine',
    acls: [
      ...everything('everything-but-mine'),
      ...OWNED.map((resource) => acl('everything-but-mine', resource, ALL_OPERATIONS, { permissionType: DENY })),
    ],
  },
  {
    user: 'everything-but-the-cluster',
    acls: [
      ...everything('everything-but-the-cluster'),
      acl('everything-but-the-cluster', 'CLUSTER', ALL_OPERATIONS, { permissionType: DENY }),
    ],
  },
  {
    user: 'reader-of-all',
    acls: (['TOPIC', 'GROUP'] as const).map((resource) => acl('reader-of-all', resource, AclOperation.READ, ANY_NAME)),
  },
  {
    user: 'writer-but-of-one',
    acls: [
      acl('writer-but-of-one', 'TOPIC', AclOperation.WRITE),
      acl('writer-but-of-one', 'TOPIC', AclOperation.WRITE, {
        resourceName: 'mine',
        resourcePatternType: LITERAL,
        permissionType: DENY,
      }),
    ],
  },
  { user: 'from-elsewhere', acls: everything('from-elsewhere').map((each) => ({ ...each, host: '10.1.2.3' })) },
  ...EVERY_RESOURCE.flatMap(withOneAcl),
]

export const passwordOf = (user: string): string => `${user}-secret`
