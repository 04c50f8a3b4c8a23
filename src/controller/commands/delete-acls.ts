import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../../protocol/messages/delete-acls.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { matchesFilter } from '../../security/acl/acl-filter.ts'
import { type CommandResult, type CommandState, MAX_RECORDS_PER_COMMAND } from './command.ts'

/** Deletes the ACLs that match any of the filters. Each filter is answered with all that it matches. */
export function deleteAcls(
  { image }: CommandState,
  { filters }: DeleteAclsRequest,
): CommandResult<Encodable<typeof DeleteAclsResponse>> {
  const ids = new Set<string>()
  const filterResults = filters.map((filter) => {
    const matchingAcls = []
    for (const { id, ...acl } of image.acls.values()) {
      if (!matchesFilter(filter, acl)) continue
      matchingAcls.push({ errorCode: ErrorCode.NONE, errorMessage: null, ...acl })
      ids.add(id)
    }
    return { errorCode: ErrorCode.NONE, errorMessage: null, matchingAcls }
  })
  if (ids.size > MAX_RECORDS_PER_COMMAND) {
    throw new KafkaError(
      ErrorCode.INVALID_REQUEST,
      `Cannot remove more than ${MAX_RECORDS_PER_COMMAND} acls in a single delete operation.`,
    )
  }
  const records = [...ids].map(
    (id): MetadataRecord => ({ type: 'RemoveAccessControlEntryRecord', version: 0, value: { id } }),
  )
  return { records, response: { filterResults } }
}
