import type { Cluster } from '../../../compat-tests/cluster/nodes.ts'
import { passes, SimClient, unexpected, untilAnswered } from '../../../proof/sim/client.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import type { Environment } from '../../../src/env/index.ts'

const VERSION = 7
/** Until all brokers are unfenced there are too few of them. */
const TOO_FEW_BROKERS = ErrorCode.INVALID_REPLICATION_FACTOR

export async function createReplicatedTopic(
  environment: Environment,
  { brokers }: Cluster,
  name: string,
  numPartitions: number,
  replicationFactor: number,
): Promise<void> {
  const client = new SimClient(environment, 'admin', [...brokers.values()][0]!)
  const topics = [{ name, numPartitions, replicationFactor, assignments: [], configs: [] }]
  await untilAnswered(environment, async () => {
    const body = { topics, timeoutMs: 5000 }
    const answer = await client.request(CreateTopicsRequest, CreateTopicsResponse, VERSION, body, 8000)
    const { errorCode } = answer.topics[0]!
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return true
    if (errorCode !== TOO_FEW_BROKERS && !passes(errorCode)) throw unexpected(`CreateTopics of ${name}`, errorCode)
    return undefined
  })
  client.close()
}
