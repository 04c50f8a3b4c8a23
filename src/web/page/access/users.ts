/** Users with SCRAM credentials. A password is salted here, and nothing keeps or says it. */
import { first } from '../../../../protocol/collections/elements.ts'
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { Random } from '../../../env/index.ts'
import { MIN_SCRAM_ITERATIONS, SCRAM_MECHANISMS, saltedPassword } from '../../../security/sasl/scram-keys.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { UserRow } from '../model.ts'
import { ensure, PageError } from '../page-error.ts'

const SALT_BYTES = 24
/** The number of a mechanism that is none: the broker refuses it in its own words. */
const UNKNOWN = 0

export async function listUsers(calls: BrokerCalls): Promise<UserRow[]> {
  const { errorCode, errorMessage, results } = await calls.call('DescribeUserScramCredentials', { users: null })
  ensure(errorCode, 'The list of users', errorMessage)
  return results
    .filter(({ errorCode }) => errorCode === ErrorCode.NONE)
    .map(({ user, credentialInfos }) => ({
      name: user,
      credentials: credentialInfos.map(({ mechanism, iterations }) => {
        const name = SCRAM_MECHANISMS.find(({ id }) => id === mechanism)?.name
        return { mechanism: name ?? String(mechanism), iterations }
      }),
    }))
}

/** A user that has the credential gets another password. */
export async function setPassword(
  calls: BrokerCalls,
  random: Random,
  user: { readonly name: string; readonly mechanism: string; readonly password: string },
): Promise<void> {
  const mechanism = mechanismOf(user.mechanism)
  if (mechanism === undefined) throw new PageError(400, 'UNSUPPORTED_SASL_MECHANISM', `There is no ${user.mechanism}.`)
  if (user.password === '')
    throw new PageError(400, 'UNACCEPTABLE_CREDENTIAL', 'A password has at least one character.')
  const salt = random.bytes(SALT_BYTES)
  const { results } = await calls.call('AlterUserScramCredentials', {
    deletions: [],
    upsertions: [
      {
        name: user.name,
        mechanism: mechanism.id,
        iterations: MIN_SCRAM_ITERATIONS,
        salt,
        saltedPassword: saltedPassword(mechanism, user.password, salt, MIN_SCRAM_ITERATIONS),
      },
    ],
  })
  const { errorCode, errorMessage } = first(results)
  ensure(errorCode, `The password of ${user.name} was not set`, errorMessage)
}

export async function deleteCredential(calls: BrokerCalls, name: string, mechanism: string): Promise<void> {
  const { results } = await calls.call('AlterUserScramCredentials', {
    deletions: [{ name, mechanism: mechanismOf(mechanism)?.id ?? UNKNOWN }],
    upsertions: [],
  })
  const { errorCode, errorMessage } = first(results)
  ensure(errorCode, `The credential of ${name} was not deleted`, errorMessage)
}

const mechanismOf = (text: string) => SCRAM_MECHANISMS.find(({ name }) => name === text)
