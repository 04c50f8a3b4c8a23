/** The login: whether the listener asks for one, by which mechanism, and whether it takes this one. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { MetadataRequest, MetadataResponse } from '../../../protocol/messages/metadata.ts'
import { SaslHandshakeRequest, SaslHandshakeResponse } from '../../../protocol/messages/sasl-handshake.ts'
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import { type Examining, type Finding, fine, problem } from './finding.ts'
import { addressText, openConnection, type Patient, wordsOf } from './patient.ts'

/** `open`: a connection on which nobody has logged in. Returns one on which requests are answered. */
export async function* examineLogin(
  patient: Patient,
  address: Address,
  open: BrokerConnection,
): Examining<BrokerConnection> {
  const login = patient.security?.login ?? null
  if (login === null) return yield* examineNoLogin(patient, address, open)
  const at = addressText(address)
  const offer = await offerOf(open, login.mechanism)
  open.close()
  const refusal = refusalOf(at, offer, login.mechanism)
  if (refusal !== null) {
    yield refusal
    return null
  }
  try {
    const connection = await openConnection(patient, address)
    yield fine('login', at, `It takes the login by ${login.mechanism}.`)
    return connection
  } catch (error) {
    yield loginProblem(at, login.mechanism, error)
    return null
  }
}

interface Offer {
  readonly errorCode: number
  readonly mechanisms: readonly string[]
}

/** The broker's answer to SaslHandshake; null: there was none. */
async function offerOf(connection: BrokerConnection, mechanism: string): Promise<Offer | null> {
  try {
    return await connection.request(SaslHandshakeRequest, SaslHandshakeResponse, { mechanism })
  } catch (error) {
    if (error instanceof ClientError) return null
    throw error
  }
}

function refusalOf(at: string, offer: Offer | null, mechanism: string): Finding | null {
  if (offer?.errorCode === ErrorCode.NONE) return null
  const mechanisms = offer?.mechanisms ?? []
  if (offer?.errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM && mechanisms.length > 0) {
    const says = `It takes logins by ${mechanisms.join(', ')}, and not by ${mechanism}.`
    return problem('login', at, 'login-mechanism', says, `Give --mechanism ${mechanisms[0]} (sasl.mechanism).`)
  }
  const says = 'It asks for no login, and this client wants to log in.'
  const remedy = 'Leave --user out (security.protocol=PLAINTEXT, or SSL), or connect to the listener with SASL.'
  return problem('login', at, 'login-not-expected', says, remedy)
}

function loginProblem(at: string, mechanism: string, error: unknown): Finding {
  if (error instanceof ClientError && error.reason === 'refused') {
    const says = `It refuses the login by ${mechanism}: ${wordsOf(error).replace(/^The login at .* failed: /, '')}.`
    const remedy = `Look at the name and the password${mechanism.startsWith('SCRAM') ? ', and whether samsa users list has the name with this mechanism' : ''}.`
    return problem('login', at, 'login-refused', says, remedy)
  }
  const says = `The login by ${mechanism} does not come to an end: ${wordsOf(error)}.`
  return problem(
    'login',
    at,
    'login-failed',
    says,
    'Look at sasl.jaas.config, where a token comes from, and the log of the broker.',
  )
}

/** The mechanism that is asked for where any will do: the answer names all that the listener has. */
const SOME_MECHANISM = 'SCRAM-SHA-512'

async function* examineNoLogin(
  patient: Patient,
  address: Address,
  open: BrokerConnection,
): Examining<BrokerConnection> {
  const at = addressText(address)
  try {
    await open.request(MetadataRequest, MetadataResponse, { topics: [] })
    return open
  } catch (error) {
    open.close()
    if (!(error instanceof ClientError || error instanceof KafkaError)) throw error
    const again = await openConnection(patient, address).catch(() => null)
    const offer = again === null ? null : await offerOf(again, SOME_MECHANISM)
    again?.close()
    const mechanisms = offer?.mechanisms ?? []
    if (offer !== null && mechanisms.length > 0) {
      const says = `It asks for a login (${mechanisms.join(', ')}), and this client gives none.`
      const remedy = `Give --user NAME:PASSWORD --mechanism ${mechanisms[0]} (security.protocol=SASL_…, sasl.mechanism, sasl.jaas.config).`
      yield problem('login', at, 'login-expected', says, remedy)
    } else {
      const says = `It says which versions it speaks, and then answers nothing: ${wordsOf(error)}.`
      yield problem('login', at, 'no-answer', says, 'Look at the log of the broker.')
    }
    return null
  }
}
