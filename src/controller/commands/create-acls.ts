import { CLUSTER_NAME, ResourceType } from '../../../protocol/acl.ts'
import {
  operationName,
  PatternType,
  Permission,
  patternTypeName,
  permissionName,
  resourceTypeName,
} from '../../../protocol/acl-codes.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { CreateAclsRequest, CreateAclsResponse } from '../../../protocol/messages/create-acls.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { metadataLevelName } from '../../config/release-versions.ts'
import { metadataLevel } from '../../metadata/features.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { CIDR_ACL_LEVEL, supportsCidrAcls } from '../../metadata/metadata-version.ts'
import { attempt } from '../../metadata/resource-error.ts'
import type { Acl } from '../../security/acl/acl-filter.ts'
import { whyNoRange } from '../../security/acl/acl-host.ts'
import { type CommandContext, type CommandResult, type CommandState, chanceOf } from './command.ts'

type Creation = CreateAclsRequest['creations'][number]

/** Each ACL is created or refused for itself. To create one that is there already changes nothing, and is no error. */
export function createAcls(
  { image }: CommandState,
  { creations }: CreateAclsRequest,
  { chances }: Pick<CommandContext, 'chances'>,
): CommandResult<Encodable<typeof CreateAclsResponse>> {
  const existing = new Set<string>()
  for (const acl of image.acls.values()) existing.add(contentOf(acl))
  const level = metadataLevel(image)
  const records: MetadataRecord[] = []
  const results = creations.map((creation, index) => {
    const error = attempt(() => validate(creation, level))
    if (error.errorCode !== ErrorCode.NONE) return error
    const acl = aclOf(creation)
    const content = contentOf(acl)
    if (!existing.has(content)) {
      existing.add(content)
      const value = { id: chanceOf(chances, index).uuid, ...acl }
      records.push({ type: 'AccessControlEntryRecord', version: 0, value })
    }
    return error
  })
  return { records, response: { results } }
}

const aclOf = ({ resourcePatternType, ...creation }: Creation): Acl => ({
  ...creation,
  patternType: resourcePatternType,
})

const contentOf = (acl: Acl): string =>
  JSON.stringify([
    acl.resourceType,
    acl.patternType,
    acl.resourceName,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permissionType,
  ])

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message)

/** The first two are judged by Apache's brokers, the others by its controller. */
function validate(creation: Creation, level: number): void {
  const { resourceType, resourceName, resourcePatternType, principal, operation, permissionType, host } = creation
  if (resourceType === ResourceType.CLUSTER && resourceName !== CLUSTER_NAME) {
    throw invalid(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`)
  }
  if (resourceName === '') throw invalid('Invalid empty resource name')
  if (isNone(resourceTypeName(resourceType))) throw invalid(`Invalid resourceType ${resourceTypeName(resourceType)}`)
  if (resourcePatternType !== PatternType.LITERAL && resourcePatternType !== PatternType.PREFIXED) {
    throw invalid(`Invalid patternType ${patternTypeName(resourcePatternType)}`)
  }
  if (isNone(operationName(operation))) throw invalid(`Invalid operation ${operationName(operation)}`)
  if (permissionType !== Permission.ALLOW && permissionType !== Permission.DENY) {
    throw invalid(`Invalid permissionType ${permissionName(permissionType)}`)
  }
  if (!principal.includes(':')) {
    throw invalid(
      `Could not parse principal from \`${principal}\` (no colon is present separating the principal type from the principal name)`,
    )
  }
  validateHost(host, level)
}

const isNone = (name: string): boolean => name === 'UNKNOWN' || name === 'ANY'

function validateHost(host: string, level: number): void {
  if (host === '') throw invalid('Host pattern cannot be null or empty')
  if (!host.includes('/')) return
  if (!supportsCidrAcls(level)) {
    const message = `CIDR-based ACL host patterns require metadata version ${metadataLevelName(CIDR_ACL_LEVEL)} or higher.`
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, message)
  }
  const problem = whyNoRange(host)
  if (problem !== null) throw invalid(problem)
}
