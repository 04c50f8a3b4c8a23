/**
 * DescribeUserScramCredentials (key 50): which SCRAM credentials users have, without their secrets (KIP-554).
 *
 * v0  the only one
 */
import { ErrorCode, ownWords } from '../../protocol/errors.ts'
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from '../../protocol/messages/describe-user-scram-credentials.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'

type CredentialInfo = { readonly mechanism: number; readonly iterations: number }

export function describeUserScramCredentialsHandler({
  metadata,
}: {
  metadata: PublishedMetadata
}): ApiHandler<typeof DescribeUserScramCredentialsRequest, typeof DescribeUserScramCredentialsResponse> {
  return {
    apiKey: 50,
    name: 'DescribeUserScramCredentials',
    request: DescribeUserScramCredentialsRequest,
    response: DescribeUserScramCredentialsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'DESCRIBE', resource: 'CLUSTER', refused: 'request' }] },

    handle(_context, { users }) {
      const known = new Map<string, CredentialInfo[]>()
      for (const { name, mechanism, iterations } of metadata.image.scram.values()) {
        const infos = known.get(name) ?? []
        known.set(
          name,
          [...infos, { mechanism, iterations }].sort((a, b) => a.mechanism - b.mechanism),
        )
      }
      const asked = (users ?? []).map(({ name }) => name)
      const names = asked.length === 0 ? [...known.keys()] : [...new Set(asked)]
      const isTwice = (name: string): boolean => asked.indexOf(name) !== asked.lastIndexOf(name)
      return { results: names.map((user) => describe(user, known.get(user), isTwice(user))) }
    },

    errorResponse(_context, { users }, errorCode, errorMessage) {
      const error = { errorCode, errorMessage: ownWords(errorCode, errorMessage) }
      // Kafka repeats the error for each user, and does not say which.
      return { ...error, results: (users ?? []).map(() => ({ user: '', ...error })) }
    },
  }
}

function describe(user: string, credentialInfos: CredentialInfo[] | undefined, isTwice: boolean) {
  if (isTwice) {
    const errorMessage = `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`
    return { user, errorCode: ErrorCode.DUPLICATE_RESOURCE, errorMessage }
  }
  if (credentialInfos === undefined) {
    const errorMessage = `Attempt to describe a user credential that does not exist: ${user}`
    return { user, errorCode: ErrorCode.RESOURCE_NOT_FOUND, errorMessage }
  }
  return { user, credentialInfos }
}
