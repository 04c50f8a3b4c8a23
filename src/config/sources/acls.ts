/** ACLs and super users as people write them in configurations and on command lines. */

import { AclOperation, CLUSTER_NAME, ResourceType, SUPPORTED_OPERATIONS } from '../../../protocol/acl.ts'
import { ALL_OPERATIONS, ANY_NAME, PatternType, Permission } from '../../../protocol/acl-codes.ts'
import { ConfigError } from '../values.ts'

/** One ACL, in the codes of CreateAcls. */
export interface AclToCreate {
  readonly resourceType: number
  readonly resourceName: string
  readonly resourcePatternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

const ANY_HOST = '*'
const FORM = '[deny:]WHO[@HOST]:OPERATION[,OPERATION…]:TYPE:NAME'
const EXAMPLE = 'alice:read,write:topic:orders*'
const TEXT =
  /^(?:(?<permission>allow|deny):)?(?<who>.+?)(?:@(?<host>\[[^\]]+\]|[^@:\s]+))?:(?<operations>[a-z_,-]+):(?<type>topic|group|cluster|transactional[-_]?id|delegation[-_]?token|user)(?::(?<name>.*))?$/is

/**
 * `alice:read,write:topic:orders*`: who, from which host (`alice@10.0.0.0/8`, else from any), which operations (or `all`),
 * on which resources (a star at the end makes a prefix, alone it stands for all). `deny:` before it makes a denial, the
 * cluster needs no name, and a name without a type is a User's. Throws `ConfigError`.
 */
function parseAcl(text: string): readonly AclToCreate[] {
  const parts = TEXT.exec(text.trim())?.groups
  if (parts === undefined) throw new ConfigError(`The ACL '${text}' is not of the form ${FORM}, such as ${EXAMPLE}`)
  const { permission = 'allow', who = '', host, operations = '', type = '' } = parts
  const resource = resourceType(type)
  const name = resource === 'CLUSTER' ? parts.name || CLUSTER_NAME : (parts.name ?? '')
  if (name === '') throw new ConfigError(`The ACL '${text}' names no ${type}: ${FORM}, such as ${EXAMPLE}`)
  const isPrefix = name.length > 1 && name.endsWith(ANY_NAME)
  return operations.split(',').map((word) => ({
    resourceType: ResourceType[resource],
    resourceName: isPrefix ? name.slice(0, -1) : name,
    resourcePatternType: isPrefix ? PatternType.PREFIXED : PatternType.LITERAL,
    principal: who.includes(':') ? who : `User:${who}`,
    host: host?.replace(/^\[|\]$/g, '') ?? ANY_HOST,
    operation: operationCode(text, word, resource),
    permissionType: permission.toLowerCase() === 'deny' ? Permission.DENY : Permission.ALLOW,
  }))
}

/** `samsa.acls`: ACLs, separated by semicolons. */
export function parseAcls(text: string): readonly AclToCreate[] {
  return text
    .split(';')
    .filter((each) => each.trim() !== '')
    .flatMap(parseAcl)
}

/** Throws `ConfigError` where an ACL has a semicolon, which the configuration could not hold. */
export function formatAcls(texts: readonly string[]): string {
  const split = texts.find((text) => text.includes(';'))
  if (split !== undefined) throw new ConfigError(`The ACL '${split}' has a semicolon: give each ACL by itself.`)
  return texts.join(';')
}

/** `super.users`: `User:alice;User:bob`. Throws `ConfigError` in the words of Apache. */
export function parseSuperUsers(text: string): ReadonlySet<string> {
  const users = text
    .split(';')
    .map((user) => user.trim())
    .filter((user) => user !== '')
  const strange = users.find((user) => user.indexOf(':') < 1)
  if (strange !== undefined) {
    throw new ConfigError(`super.users: expected a string in format principalType:principalName but got ${strange}`)
  }
  return new Set(users)
}

function resourceType(word: string): ResourceType {
  const plain = (text: string) => text.toUpperCase().replace(/[-_]/g, '')
  return (Object.keys(ResourceType) as ResourceType[]).find((type) => plain(type) === plain(word)) ?? 'TOPIC'
}

/** `Read`, `describe-configs`, `ALTER_CONFIGS`; null: there is no such operation. */
export function operationNamed(word: string): AclOperation | null {
  const plain = (each: string) => each.toUpperCase().replace(/[-_]/g, '')
  return (Object.keys(AclOperation) as AclOperation[]).find((each) => plain(each) === plain(word)) ?? null
}

function operationCode(text: string, word: string, resource: ResourceType): number {
  if (word.toUpperCase() === 'ALL') return ALL_OPERATIONS
  const operation = operationNamed(word)
  const supported = SUPPORTED_OPERATIONS[resource]
  if (operation !== null && supported.includes(operation)) return AclOperation[operation]
  const there = ['all', ...supported.map((each) => each.toLowerCase())].join(', ')
  throw new ConfigError(
    `The ACL '${text}' has '${word}' for an operation; on a ${resource.toLowerCase()} there are: ${there}`,
  )
}
