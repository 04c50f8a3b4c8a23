import { CLUSTER_NAME, type ResourceType, SUPPORTED_OPERATIONS } from '../../../protocol/acl.ts'
import { CLUSTER_METADATA_TOPIC } from '../../../protocol/cluster-metadata-topic.ts'
import {
  loadConfig,
  operationNamed,
  parseProperties,
  parseSuperUsers,
  propertiesOfEnvironment,
} from '../../config/index.ts'
import { readStoredMetadata } from '../../controller/metadata-log/stored-metadata.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { joinPath } from '../../log/files/file-names.ts'
import { ruleText } from '../../security/acl/acl-audit.ts'
import { StandardAuthorizer } from '../../security/acl/standard-authorizer.ts'

export interface ExplainOptions {
  readonly principal: string
  readonly operation: string
  readonly host: string
  readonly topic?: string
  readonly group?: string
  readonly transactionalId?: string
  readonly cluster?: boolean
  readonly data: string
  readonly config?: string
  readonly set?: readonly string[]
  readonly json?: boolean
}

const DENIED = 1
const FAILED = 2

/** Prints the verdict and returns the exit code. */
export async function explain(options: ExplainOptions): Promise<number> {
  try {
    return await judge(options)
  } catch (error) {
    process.stderr.write(`samsa: ${(error as Error).message}\n`)
    return FAILED
  }
}

async function judge(options: ExplainOptions): Promise<number> {
  const { resource, name } = resourceOf(options)
  const operation = operationNamed(options.operation)
  if (operation === null || !SUPPORTED_OPERATIONS[resource].includes(operation)) {
    const there = SUPPORTED_OPERATIONS[resource].join(', ')
    throw new Error(`There is no operation ${options.operation} on a ${resource}, but ${there}.`)
  }
  const { acls, settings } = await load(options)
  const authorizer = new StandardAuthorizer(settings)
  authorizer.change([], acls)
  const who = options.principal.includes(':') ? options.principal : `User:${options.principal}`
  const colon = who.indexOf(':')
  const client = authorizer.client({ type: who.slice(0, colon), name: who.slice(colon + 1) }, options.host)
  const { isAllowed, rule } = client.judge(operation, resource, name)
  const verdict = isAllowed ? 'allowed' : 'denied'
  if (options.json) {
    const { host } = client
    const answer = { verdict, principal: who, host, operation, resource, name, rule, acls: authorizer.aclCount }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  } else {
    const line = `${who} at ${client.host} is ${verdict} ${operation} on ${resource}:${name}`
    process.stdout.write(`${line}\n  by ${typeof rule === 'string' ? DEFAULT_RULES[rule] : ruleText(rule)}\n`)
  }
  return isAllowed ? 0 : DENIED
}

const DEFAULT_RULES = {
  SuperUser: 'super.users',
  DefaultAllow: 'allow.everyone.if.no.acl.found: no ACL is about this resource',
  DefaultDeny: 'default: no ACL allows it',
} as const

function resourceOf(options: ExplainOptions): { resource: ResourceType; name: string } {
  const named: [ResourceType, string | undefined][] = [
    ['TOPIC', options.topic],
    ['GROUP', options.group],
    ['TRANSACTIONAL_ID', options.transactionalId],
    ['CLUSTER', options.cluster ? CLUSTER_NAME : undefined],
  ]
  const given = named.filter(([, name]) => name !== undefined)
  const [first] = given
  if (first === undefined || given.length > 1) {
    throw new Error('Give one of --topic, --group, --transactional-id and --cluster.')
  }
  return { resource: first[0], name: first[1] ?? '' }
}

async function load({ data, config: file, set = [] }: ExplainOptions) {
  const { files } = nodeEnvironment()
  const given = new Map(set.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]))
  const { config } = loadConfig({
    file: file === undefined ? new Map() : parseProperties((await files.readFile(file)).toString('utf8')),
    environment: propertiesOfEnvironment(process.env),
    given,
  })
  const directory = joinPath(data, `${CLUSTER_METADATA_TOPIC}-0`)
  if ((await files.stat(directory)) === null) {
    throw new Error(`${data} has no metadata log: name the directory of a broker with --data.`)
  }
  const { image } = await readStoredMetadata(files, directory)
  const settings = {
    superUsers: parseSuperUsers(config.get('super.users')),
    isOpenByDefault: config.get('allow.everyone.if.no.acl.found'),
  }
  return { acls: image.acls.values(), settings }
}
