import { AclOperation, CLUSTER_NAME, ResourceType } from '../../../protocol/acl.ts'
import {
  ALL_OPERATIONS,
  ANY,
  operationName,
  PatternType,
  patternTypeName,
  permissionName,
  resourceTypeName,
} from '../../../protocol/acl-codes.ts'
import { type AclCodes, type AclFilterCodes, createAcls, deleteAcls, describeAcls } from '../../client/admin/acls.ts'
import { type AclToCreate, operationNamed, parseAcls } from '../../config/index.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'

interface FilterOptions {
  readonly principal?: string
  readonly host?: string
  readonly operation?: string
  readonly topic?: string
  readonly group?: string
  readonly transactionalId?: string
  readonly cluster?: boolean
  readonly matching?: boolean
}

export async function listAcls({ client, options }: CommandContext<FilterOptions>): Promise<Answer> {
  return aclsAnswer(await describeAcls(client, filterOf(options)))
}

export async function createTheAcls({ client, words }: CommandContext): Promise<Answer> {
  const acls = words.flatMap(parseAcls).map(codesOf)
  await createAcls(client, acls)
  return aclsAnswer(acls)
}

export async function deleteTheAcls(context: CommandContext<FilterOptions & { dryRun?: boolean }>): Promise<Answer> {
  const { client, words, options } = context
  const named: AclFilterCodes[] = words.flatMap(parseAcls).map(codesOf)
  const filter = filterOf(options)
  const isFiltered =
    filter.resourceType !== ANY || filter.principal !== null || filter.host !== null || filter.operation !== ANY
  if (isFiltered === named.length > 0) throw new UsageError('Name the ACLs, or select them by options')
  const deleted: AclCodes[] = []
  for (const each of isFiltered ? [filter] : named) {
    deleted.push(...(await (options.dryRun ? describeAcls : deleteAcls)(client, each)))
  }
  return aclsAnswer(deleted)
}

const codesOf = ({ resourcePatternType: patternType, ...acl }: AclToCreate): AclCodes => ({ ...acl, patternType })

function filterOf(options: FilterOptions): AclFilterCodes {
  const { principal, host = null, operation, matching } = options
  const named: [ResourceType, string | undefined][] = [
    ['TOPIC', options.topic],
    ['GROUP', options.group],
    ['TRANSACTIONAL_ID', options.transactionalId],
    ['CLUSTER', options.cluster ? CLUSTER_NAME : undefined],
  ]
  const [resource, ...others] = named.filter(([, name]) => name !== undefined)
  if (others.length > 0) throw new UsageError('Name one of --topic, --group, --transactional-id and --cluster')
  if (matching && resource === undefined) throw new UsageError('The option --matching needs a name, such as --topic')
  return {
    resourceType: resource === undefined ? ANY : ResourceType[resource[0]],
    resourceName: resource?.[1] ?? null,
    patternType: matching ? PatternType.MATCH : ANY,
    principal: principal === undefined || principal.includes(':') ? (principal ?? null) : `User:${principal}`,
    host,
    operation: operation === undefined ? ANY : operationCode(operation),
    permissionType: ANY,
  }
}

function operationCode(word: string): number {
  if (word.toLowerCase() === 'all') return ALL_OPERATIONS
  const operation = operationNamed(word)
  if (operation !== null) return AclOperation[operation]
  throw new UsageError(`There is no operation ${word}: Kafka has ALL, ${Object.keys(AclOperation).join(', ')}`)
}

function aclsAnswer(acls: readonly AclCodes[]): Answer {
  const rows = acls
    .map((acl) => ({
      principal: acl.principal,
      host: acl.host,
      permission: permissionName(acl.permissionType),
      operation: operationName(acl.operation),
      resourceType: resourceTypeName(acl.resourceType),
      name: acl.resourceName,
      pattern: patternTypeName(acl.patternType),
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return tableAnswer({
    columns: [
      { title: 'PRINCIPAL', of: ({ principal }) => principal, tone: () => 'name' },
      { title: 'HOST', of: ({ host }) => host },
      {
        title: 'PERMISSION',
        of: ({ permission }) => permission,
        tone: ({ permission }) => (permission === 'DENY' ? 'bad' : 'good'),
      },
      { title: 'OPERATION', of: ({ operation }) => operation },
      { title: 'RESOURCE', of: ({ resourceType }) => resourceType },
      { title: 'NAME', of: ({ name, pattern }) => (pattern === 'PREFIXED' ? `${name}*` : name) },
      { title: 'PATTERN', of: ({ pattern }) => pattern },
    ],
    rows,
    empty: 'There are no such ACLs.',
  })
}
