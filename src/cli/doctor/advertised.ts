/** The addresses that the brokers tell clients to go on to: every client leaves the address that it began with. */
import { isIP } from 'node:net'
import { MetadataRequest, MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { ClientError } from '../../client/errors.ts'
import type { Environment } from '../../env/index.ts'
import { examineDoor } from './door.ts'
import { type Examining, type Finding, fine, problem } from './finding.ts'
import { examineLogin } from './login.ts'
import { addressText, type Patient, wordsOf } from './patient.ts'

type Broker = MetadataResponse['brokers'][number]

export interface Bootstrap {
  readonly address: Address
  readonly clusterId: string | null
}

/** `bootstrap`: the address that led to the brokers. Ends with how many of them are reached. */
export async function* examineAdvertised(
  patient: Patient,
  bootstrap: Bootstrap,
  brokers: readonly Broker[],
): Examining<number> {
  let reached = 0
  for (const broker of brokers) if (yield* examineBroker(patient, bootstrap, broker)) reached++
  return reached
}

async function* examineBroker(patient: Patient, bootstrap: Bootstrap, broker: Broker): Examining<true> {
  const { nodeId, host, port } = broker
  const at = addressText({ host, port })
  if (at === addressText(bootstrap.address)) {
    yield fine('advertised', at, `Broker ${nodeId} tells clients to go on to ${at}, as you did.`)
    return true
  }
  const { network } = patient.environment
  if ((await isLoopback(network, host)) && !(await isLoopback(network, bootstrap.address.host))) {
    const says = `Broker ${nodeId} tells clients to go on to ${at}, which is whatever machine they are on, and not ${bootstrap.address.host}.`
    yield problem('advertised', at, 'advertised-loopback', says, REMEDY)
    return null
  }
  const findings: Finding[] = []
  const connection = await collected(reach(patient, { host, port }), findings)
  if (connection === null) {
    const why = findings.find(({ verdict }) => verdict === 'problem')
    const says = `Broker ${nodeId} tells clients to go on to ${at}, and there they fail: ${why?.says ?? 'it does not answer.'}`
    yield {
      ...problem('advertised', at, 'advertised-unreachable', says, REMEDY),
      ...(why?.trouble && { cause: why.trouble }),
    }
    return null
  }
  yield* findings.filter(({ verdict }) => verdict === 'warning')
  return yield* examineIdentity(connection, bootstrap, nodeId)
}

const REMEDY =
  'Set advertised.listeners of the broker to an address that clients reach, or have clients know the name that it gives.'

async function* reach(patient: Patient, address: Address): Examining<BrokerConnection> {
  const open = yield* examineDoor(patient, address)
  return open === null ? null : yield* examineLogin(patient, address, open)
}

/** Another cluster may answer at an address that was given to another machine. */
async function* examineIdentity(connection: BrokerConnection, bootstrap: Bootstrap, nodeId: number): Examining<true> {
  const at = connection.address
  try {
    const { clusterId } = await connection.request(MetadataRequest, MetadataResponse, { topics: [] })
    if (clusterId !== bootstrap.clusterId) {
      const says = `Broker ${nodeId} tells clients to go on to ${at}, where another cluster is (${clusterId} in place of ${bootstrap.clusterId}).`
      yield problem('advertised', at, 'advertised-elsewhere', says, REMEDY)
      return null
    }
    const began = addressText(bootstrap.address)
    yield fine(
      'advertised',
      at,
      `Broker ${nodeId} tells clients to go on to ${at} in place of ${began}, and it answers there.`,
    )
    return true
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    const says = `Broker ${nodeId} tells clients to go on to ${at}, and there they fail: ${wordsOf(error)}.`
    yield problem('advertised', at, 'advertised-unreachable', says, REMEDY)
    return null
  } finally {
    connection.close()
  }
}

/** Runs an examination whose findings are not for the reader one by one. */
async function collected<T>(examining: Examining<T>, findings: Finding[]): Promise<T | null> {
  for (;;) {
    const { done, value } = await examining.next()
    if (done) return value
    findings.push(value)
  }
}

async function isLoopback(network: Environment['network'], host: string): Promise<boolean> {
  const addresses = isIP(host) === 0 ? await network.resolve(host).catch(() => []) : [host]
  return addresses.some((address) => address === '::1' || address.startsWith('127.'))
}
