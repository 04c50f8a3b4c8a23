/**
 * Envelope (key 58): a broker passes on the request of a client, in the client's name (KIP-590). The request inside is
 * dispatched as one that came from that client: it is judged by its permissions, and answered in its own version.
 *
 * v0  the only one
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { readRequestHeader } from '../../protocol/frame.ts'
import { EnvelopeRequest, EnvelopeResponse } from '../../protocol/messages/envelope.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { addressIn, principalIn } from '../controller/envelope-content.ts'
import type { ApiHandler, ConnectionContext } from '../dispatch/handler.ts'
import type { Principal } from '../security/principal.ts'

export interface EnvelopeServices {
  /** Handles a request, without its size, as if it had come by `connection`. Resolves to the whole answer; null: there is none. */
  dispatch(connection: ConnectionContext, frame: Buffer): Promise<readonly Buffer[] | null>
}

/** The APIs whose requests are passed on: Kafka's list. */
const FORWARDED: ReadonlySet<string> = new Set([
  'AlterClientQuotas',
  'AlterConfigs',
  'AlterPartitionReassignments',
  'AlterUserScramCredentials',
  'CreateAcls',
  'CreateDelegationToken',
  'CreatePartitions',
  'CreateTopics',
  'DeleteAcls',
  'DeleteTopics',
  'DescribeQuorum',
  'ElectLeaders',
  'ExpireDelegationToken',
  'IncrementalAlterConfigs',
  'ListPartitionReassignments',
  'RenewDelegationToken',
  'UnregisterBroker',
  'UnregisterController',
  'UpdateFeatures',
])

const SIZE_BYTES = 4

export function envelopeHandler({
  dispatch,
}: EnvelopeServices): ApiHandler<typeof EnvelopeRequest, typeof EnvelopeResponse> {
  return {
    apiKey: 58,
    listeners: ['controller'],
    name: 'Envelope',
    request: EnvelopeRequest,
    response: EnvelopeResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle({ connection }, { requestData, requestPrincipal, clientHostAddress }) {
      checkForwarded(requestData)
      const principal = clientIn(requestPrincipal)
      const remoteAddress = addressIn(clientHostAddress)
      if (remoteAddress === null) throw new KafkaError(ErrorCode.INVALID_REQUEST)
      const frame = await dispatch(clientOf(connection, principal, remoteAddress), requestData)
      if (frame === null) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
      return { responseData: Buffer.concat(frame).subarray(SIZE_BYTES) }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}

function checkForwarded(requestData: Buffer): void {
  try {
    const { api } = readRequestHeader(requestData)
    if (FORWARDED.has(api.name)) return
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
  throw new KafkaError(ErrorCode.INVALID_REQUEST)
}

function clientIn(bytes: Buffer | null): Principal {
  const principal = bytes === null ? null : principalIn(bytes)
  if (principal === null) throw new KafkaError(ErrorCode.PRINCIPAL_DESERIALIZATION_FAILURE)
  return principal
}

/** The client's connection, as far as the broker has told of it. */
function clientOf(connection: ConnectionContext, principal: Principal, remoteAddress: string): ConnectionContext {
  return {
    id: connection.id,
    listenerName: connection.listenerName,
    listenerType: connection.listenerType,
    isForwarded: true,
    securityProtocol: connection.securityProtocol,
    localAddress: connection.localAddress,
    localPort: connection.localPort,
    remoteAddress,
    remotePort: connection.remotePort,
    peer: { ...connection.peer, principal },
    sasl: null,
    onClose: (fn) => connection.onClose(fn),
  }
}
