import { ErrorCode } from '../../../protocol/errors.ts'
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../../protocol/messages/alter-user-scram-credentials.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import {
  credentialOf,
  MAX_SCRAM_ITERATIONS,
  MIN_SCRAM_ITERATIONS,
  SCRAM_MECHANISMS,
} from '../../security/sasl/scram-keys.ts'
import type { CommandResult, CommandState } from './command.ts'

type Deletion = AlterUserScramCredentialsRequest['deletions'][number]
type Upsertion = AlterUserScramCredentialsRequest['upsertions'][number]
type Problem = readonly [errorCode: number, errorMessage: string]

const TWICE: Problem = [ErrorCode.DUPLICATE_RESOURCE, 'A user credential cannot be altered twice in the same request']

/** Sets and removes credentials (KIP-554). Each user stands for itself; one that is named twice is not changed at all. */
export function alterUserScramCredentials(
  { image }: CommandState,
  { deletions, upsertions }: AlterUserScramCredentialsRequest,
): CommandResult<Encodable<typeof AlterUserScramCredentialsResponse>> {
  const changes = new Map<string, MetadataRecord>()
  const problems = new Map<string, Problem>()
  const take = (name: string, problem: () => Problem | null, record: () => MetadataRecord): void => {
    if (problems.has(name)) return
    const found = changes.delete(name) ? TWICE : problem()
    if (found === null) changes.set(name, record())
    else problems.set(name, found)
  }
  for (const deletion of deletions) {
    take(
      deletion.name,
      () => problemOfDeletion(image, deletion),
      () => removal(deletion),
    )
  }
  for (const upsertion of upsertions) {
    take(
      upsertion.name,
      () => problemOfUpsertion(upsertion),
      () => credential(upsertion),
    )
  }
  const results = [
    ...[...changes.keys()].map((user) => ({ user, errorCode: ErrorCode.NONE, errorMessage: null })),
    ...[...problems].map(([user, [errorCode, errorMessage]]) => ({ user, errorCode, errorMessage })),
  ]
  return { records: [...changes.values()], response: { results } }
}

const mechanismOf = (id: number) => SCRAM_MECHANISMS.find((mechanism) => mechanism.id === id)

function problemOfUser({ name, mechanism }: Deletion): Problem | null {
  if (name === '') return [ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Username must not be empty']
  if (mechanismOf(mechanism) === undefined) return [ErrorCode.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism']
  return null
}

function problemOfDeletion(image: MetadataImage, deletion: Deletion): Problem | null {
  const problem = problemOfUser(deletion)
  if (problem !== null || image.scram.has(`${deletion.mechanism}:${deletion.name}`)) return problem
  return [ErrorCode.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist']
}

function problemOfUpsertion(upsertion: Upsertion): Problem | null {
  const problem = problemOfUser(upsertion)
  if (problem !== null) return problem
  const { iterations } = upsertion
  if (iterations < MIN_SCRAM_ITERATIONS) return [ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Too few iterations']
  if (iterations > MAX_SCRAM_ITERATIONS) return [ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Too many iterations']
  return null
}

const removal = ({ name, mechanism }: Deletion): MetadataRecord => ({
  type: 'RemoveUserScramCredentialRecord',
  version: 0,
  value: { name, mechanism },
})

/** The salted password, by which a client could log in, is not kept: only the keys that verify it. */
function credential({ name, mechanism, iterations, salt, saltedPassword }: Upsertion): MetadataRecord {
  const keys = credentialOf(mechanismOf(mechanism)!, saltedPassword, salt, iterations)
  return { type: 'UserScramCredentialRecord', version: 0, value: { name, mechanism, ...keys } }
}
