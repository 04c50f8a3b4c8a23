import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import { DescribeClusterRequest, DescribeClusterResponse } from '../../../protocol/messages/describe-cluster.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { controllerAddresses } from './controller-addresses.ts'
import { ControllerDialer } from './controller-dialer.ts'
import { Pause } from './pause.ts'

const CONTROLLERS = 2
const REQUEST_TIMEOUT_MS = 2_000
const BACKOFF_MS = 100

/**
 * The id of the cluster that the configured controllers belong to, asked of any of them (KIP-919), for as long as a broker
 * may take to register. Rejects with a sentence for a person.
 */
export async function clusterIdOfControllers(
  config: BrokerConfig,
  environment: Environment,
  logger: Logger,
): Promise<string> {
  const { clock } = environment
  const { bootstrap } = controllerAddresses(config)
  const dialer = new ControllerDialer({ config, environment, logger })
  const deadlineMs = clock.monotonicMs() + config.get('initial.broker.registration.timeout.ms')
  let problem = ''
  for (let turn = 0; clock.monotonicMs() < deadlineMs; turn++) {
    try {
      const address = bootstrap[turn % bootstrap.length]!
      const connection = await dialer.dial(address, { purpose: 'cluster-id', requestTimeoutMs: REQUEST_TIMEOUT_MS })
      try {
        const body = { endpointType: CONTROLLERS }
        const answer = await connection.request(DescribeClusterRequest, DescribeClusterResponse, body)
        if (answer.errorCode === ErrorCode.NONE) return answer.clusterId
        problem = `it answers ${errorName(answer.errorCode)}`
      } finally {
        connection.close()
      }
    } catch (error) {
      problem = (error as Error).message
    }
    await new Pause(clock).take(BACKOFF_MS)
  }
  throw new Error(
    `The data directories are new, and no controller says which cluster they are to belong to: ${problem}. Start the controllers, or set samsa.cluster.id.`,
  )
}
