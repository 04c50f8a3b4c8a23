/** The way to one address: its name, its port, TLS, and whether Kafka is behind it. */
import { isIP } from 'node:net'
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import type { NetworkError, TlsClientSettings } from '../../env/index.ts'
import { certificateFindings } from './certificate.ts'
import { type Examining, fine, problem, warning } from './finding.ts'
import { ANY_TLS, handshake, type Language, languageOf } from './language.ts'
import { addressText, openConnection, type Patient, wordsOf } from './patient.ts'

/** Ends with a connection on which nobody has logged in. */
export async function* examineDoor(patient: Patient, address: Address): Examining<BrokerConnection> {
  if ((yield* examineName(patient, address)) === null) return null
  const tls = (await patient.security?.tls?.(address.host)) ?? null
  if (tls !== null && (yield* examineTls(patient, address, tls)) === null) return null
  try {
    const connection = await openConnection(patient, address, false)
    const at = addressText(address)
    yield fine('protocol', at, tls === null ? 'It speaks Kafka, without TLS.' : 'It speaks Kafka.')
    return connection
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    if (error.reason === 'unsupported') {
      const says = 'It does not say which versions it speaks: it is older than this client knows.'
      yield problem(
        'versions',
        addressText(address),
        'version-too-old',
        says,
        'Connect to a broker of Kafka 2.1 or later.',
      )
      return null
    }
    return yield* examineSilence(patient, address, tls !== null, error)
  }
}

/** More addresses than a name usually has. */
const MOST_ADDRESSES = 4

async function* examineName({ environment, timeoutMs }: Patient, address: Address): Examining<true> {
  const { host, port } = address
  const at = addressText(address)
  const { network } = environment
  let addresses: string[]
  try {
    addresses = await network.resolve(host)
  } catch (error) {
    const says = `This machine does not know the name ${host} (${(error as NetworkError).code}).`
    const remedy =
      'Look for a misspelling, and ask whoever keeps the names (DNS, /etc/hosts, the network of the containers).'
    yield problem('name', at, 'name-unknown', says, remedy)
    return null
  }
  if (isIP(host) === 0) yield fine('name', at, `${host} is ${addresses.join(' and ')}.`)
  const tried = addresses.slice(0, MOST_ADDRESSES)
  const failures = await Promise.all(
    tried.map(async (each) => {
      try {
        const connection = await network.connect({ host: each, port, timeoutMs })
        connection.destroy()
        return null
      } catch (error) {
        return (error as NetworkError).code
      }
    }),
  )
  const failure = failures.find((code) => code !== null)
  if (failure === undefined) {
    yield fine('port', at, 'Somebody listens there.')
  } else if (failures.includes(null)) {
    const closed = tried.filter((_, index) => failures[index] !== null).join(', ')
    const says = `Somebody listens there, but not at ${closed} (${failure}), which ${host} is as well.`
    yield warning(
      'port',
      at,
      'port-partly-closed',
      says,
      `Clients that do not try every address of ${host} fail: name the one that is right.`,
    )
  } else {
    yield portProblem(at, failure ?? 'ECONNREFUSED', timeoutMs)
    return null
  }
  return true
}

function portProblem(at: string, code: string, timeoutMs: number) {
  if (code === 'ECONNREFUSED') {
    const remedy = 'Start the broker, or look at its listeners: one that listens on localhost is not heard elsewhere.'
    return problem('port', at, 'port-closed', `Nobody listens there (${code}).`, remedy)
  }
  if (code === 'ETIMEDOUT') {
    const says = `Nothing answers there within ${timeoutMs} ms: neither yes nor no.`
    return problem('port', at, 'port-silent', says, 'Look for a firewall in between, and at the address.')
  }
  const remedy = 'Look at the route to it: the network, the VPN, the containers.'
  return problem('port', at, 'port-unreachable', `There is no way to it from here (${code}).`, remedy)
}

async function* examineTls(patient: Patient, address: Address, tls: TlsClientSettings): Examining<true> {
  const { environment, timeoutMs } = patient
  const at = addressText(address)
  const { connection, failure } = await handshake(environment, address, tls, timeoutMs)
  if (connection === null) {
    const language = await languageOf(environment, address, timeoutMs)
    if (language.speaks === 'kafka') {
      const says = 'It speaks Kafka without TLS, and this client wants TLS.'
      yield problem(
        'tls',
        at,
        'tls-not-spoken',
        says,
        'Leave --tls out (security.protocol=PLAINTEXT, or SASL_PLAINTEXT), or connect to the listener with TLS.',
      )
    } else if (language.speaks === 'http' || language.speaks === 'other') {
      yield notKafka(at, language)
    } else {
      yield problem(
        'tls',
        at,
        'tls-failed',
        `${wordsOf(failure)}.`.replace(/^t/, 'T'),
        remedyOfHandshake(wordsOf(failure), tls),
      )
    }
    return null
  }
  const { tls: session } = connection
  connection.destroy()
  yield fine('tls', at, `It speaks ${session?.version ?? 'TLS'}.`)
  if (!session) return true
  const nowMs = environment.clock.nowMs()
  const findings = certificateFindings({ address, session, takesAnyName: tls.expectedName === null, nowMs })
  yield* findings
  return findings.some(({ verdict }) => verdict === 'problem') ? null : true
}

const remedyOfHandshake = (words: string, { identity }: TlsClientSettings): string =>
  /protocol|version/.test(words)
    ? 'Compare ssl.enabled.protocols of both sides.'
    : identity === null && /handshake failure|certificate/.test(words)
      ? 'The broker may want a certificate of the client: give --tls-cert and --tls-key.'
      : 'Compare ssl.enabled.protocols and ssl.cipher.suites of both sides.'

/** A port that takes connections and says nothing that a client of these settings understands. */
async function* examineSilence(
  patient: Patient,
  address: Address,
  isTls: boolean,
  error: ClientError,
): Examining<never> {
  const { environment, timeoutMs } = patient
  const at = addressText(address)
  if (isTls) {
    yield silenceBehindTls(at, error)
    return null
  }
  const language = await languageOf(environment, address, timeoutMs)
  const { isTls: speaksTls } =
    language.speaks === 'tls' ? { isTls: true } : await handshake(environment, address, ANY_TLS, timeoutMs)
  if (speaksTls && language.speaks !== 'http') {
    const says = 'It speaks TLS, and this client does not.'
    yield problem(
      'tls',
      at,
      'tls-expected',
      says,
      'Give --tls, or --tls-ca FILE (security.protocol=SSL, or SASL_SSL with a login).',
    )
  } else if (language.speaks === 'http' || language.speaks === 'other') {
    yield notKafka(at, language)
  } else if (language.speaks === 'silent') {
    const says = `It takes connections and does not answer within ${timeoutMs} ms.`
    yield problem(
      'protocol',
      at,
      'no-answer',
      says,
      'Look at the broker: it may be starting, stopping, or have no room for more connections.',
    )
  } else {
    const says = `It closes the connection in place of an answer: ${wordsOf(error)}.`
    const remedy =
      'Look at the log of whatever listens there: a broker that refuses an address, a proxy, or no Kafka at all.'
    yield problem('protocol', at, 'no-answer', says, remedy)
  }
  return null
}

function silenceBehindTls(at: string, error: ClientError) {
  if (/certificate/.test(error.message)) {
    const says = `It wants a certificate of the client: ${wordsOf(error)}.`
    const remedy = 'Give --tls-cert and --tls-key (ssl.keystore.*) of a certificate whose authority the broker trusts.'
    return problem('tls', at, 'tls-certificate-expected', says, remedy)
  }
  const says = `It speaks TLS, and then nothing that is Kafka: ${wordsOf(error)}.`
  return problem(
    'protocol',
    at,
    'not-kafka',
    says,
    'Connect to a listener of a broker (listeners, advertised.listeners).',
  )
}

function notKafka(at: string, language: Language) {
  const remedy = 'Connect to a listener of a broker (listeners, advertised.listeners).'
  if (language.speaks === 'http') {
    return problem('protocol', at, 'not-kafka', 'It speaks HTTP, and not Kafka.', remedy)
  }
  const line = language.speaks === 'other' && language.line !== '' ? `: "${language.line}"` : ''
  return problem('protocol', at, 'not-kafka', `It is no Kafka${line}.`, remedy)
}
