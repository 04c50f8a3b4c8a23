/** Users of SCRAM (KIP-554). A password is salted here, and never leaves this process. */
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../../protocol/messages/alter-user-scram-credentials.ts'
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from '../../../protocol/messages/describe-user-scram-credentials.ts'
import { SCRAM_MECHANISMS, type ScramMechanism, saltedPassword } from '../../security/sasl/scram-keys.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { ensure, notController } from './item-outcome.ts'

const nameOf = (code: number): string => SCRAM_MECHANISMS.find(({ id }) => id === code)?.name ?? `mechanism ${code}`

export interface ScramUser {
  readonly name: string
  readonly mechanism: string
  readonly iterations: number
}

/** In the order of names and mechanisms; Apache has none. `names` null: all. Throws RESOURCE_NOT_FOUND for a name that has no credentials. */
export async function describeUsers(client: ClusterClient, names: readonly string[] | null): Promise<ScramUser[]> {
  const body = { users: names === null ? null : names.map((name) => ({ name })) }
  const answer = await client.request(
    { to: 'controller' },
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
    body,
    (each) => notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
  const users = answer.results.flatMap(({ user: name, errorCode, errorMessage: words, credentialInfos }) => {
    ensure(errorCode, words ?? `The user ${name}`)
    return credentialInfos.map(({ mechanism, iterations }) => ({ name, mechanism: nameOf(mechanism), iterations }))
  })
  const key = ({ name, mechanism }: ScramUser): string => JSON.stringify([name, mechanism])
  return users.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

export interface UserToSet {
  readonly name: string
  readonly mechanism: ScramMechanism
  readonly password: string
  readonly iterations: number
  readonly salt: Buffer
}

/** Creates the user's credentials of a mechanism, or replaces them. */
export async function setUser(client: ClusterClient, user: UserToSet): Promise<void> {
  const { name, mechanism, password, iterations, salt } = user
  const salted = saltedPassword(mechanism, password, salt, iterations)
  const upsertion = { name, mechanism: mechanism.id, iterations, salt, saltedPassword: salted }
  await alter(client, { upsertions: [upsertion] })
}

export const deleteUser = (client: ClusterClient, name: string, mechanism: ScramMechanism): Promise<void> =>
  alter(client, { deletions: [{ name, mechanism: mechanism.id }] })

async function alter(
  client: ClusterClient,
  body: Parameters<
    typeof client.request<typeof AlterUserScramCredentialsRequest, typeof AlterUserScramCredentialsResponse>
  >[3],
): Promise<void> {
  const { results } = await client.request(
    { to: 'controller' },
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResponse,
    body,
    (answer) => notController(answer.results),
  )
  for (const { errorCode, errorMessage: words } of results) ensure(errorCode, words)
}
