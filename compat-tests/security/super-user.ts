/** The one who comes in by PLAINTEXT and may do everything: makes what cases need, by samsa's own client. */
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { errorName } from '../../protocol/errors.ts'
import { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../protocol/messages/alter-client-quotas.ts'
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../protocol/messages/alter-user-scram-credentials.ts'
import { CreateAclsRequest, CreateAclsResponse } from '../../protocol/messages/create-acls.ts'
import {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../protocol/messages/create-delegation-token.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/create-topics.ts'
import { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/messages/delete-acls.ts'
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/describe-groups.ts'
import { parseBootstrapServers } from '../../src/client/addresses.ts'
import { ClusterClient, CoordinatorType } from '../../src/client/cluster-client.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { clientPropertiesSecurity } from '../../src/security/client-security.ts'
import type { BrokerProcess } from '../support/broker.ts'
import type { Access } from './attempts.ts'
import { javaProperties } from './java-properties.ts'
import { login, USERS } from './secure-broker.ts'

const ITERATIONS = 4096
/** Kafka's numbers. */
const TOPIC = 2
const LITERAL = 3
const ANY = 1
const ALLOW = 3
export const Operation = { READ: 3, WRITE: 4 } as const

export class SuperUser {
  readonly #client: ClusterClient

  constructor({ host, port }: BrokerProcess) {
    this.#client = new ClusterClient({ environment: nodeEnvironment(), bootstrapServers: [{ host, port }] })
  }

  async createTopic(name: string): Promise<void> {
    const topics = [{ name, numPartitions: 1, replicationFactor: 1 }]
    const body = { topics, timeoutMs: 20_000 }
    const answer = await this.#client.request({ to: 'any' }, CreateTopicsRequest, CreateTopicsResponse, body)
    check(answer.topics)
  }

  /** A user may be altered once in a request: there is one for each mechanism. */
  async createScramUsers(): Promise<void> {
    for (const [mechanism, length, hash] of [[1, 32, 'sha256'] as const, [2, 64, 'sha512'] as const]) {
      const upsertions = Object.entries(USERS).map(([name, password]) => {
        const salt = randomBytes(16)
        const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, length, hash)
        return { name, mechanism, iterations: ITERATIONS, salt, saltedPassword }
      })
      const answer = await this.#client.request(
        { to: 'any' },
        AlterUserScramCredentialsRequest,
        AlterUserScramCredentialsResponse,
        { deletions: [], upsertions },
      )
      check(answer.results)
    }
  }

  /** Waits until there is a coordinator of groups: on Apache a topic is made for the first one who asks. */
  async awaitCoordinator(): Promise<void> {
    const destination = { to: 'coordinator', type: CoordinatorType.GROUP, key: 'any' } as const
    const errorOf = ({ groups }: DescribeGroupsResponse) => groups[0].errorCode
    await this.#client.request(destination, DescribeGroupsRequest, DescribeGroupsResponse, { groups: ['any'] }, errorOf)
  }

  /** Allows users operations on the topic. */
  async allow(topic: string, user: string, operations: readonly number[]): Promise<void> {
    const creations = operations.map((operation) => ({
      resourceType: TOPIC,
      resourceName: topic,
      resourcePatternType: LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation,
      permissionType: ALLOW,
    }))
    const answer = await this.#client.request({ to: 'any' }, CreateAclsRequest, CreateAclsResponse, { creations })
    check(answer.results)
  }

  /** Takes from a user all that was allowed on the topic. */
  async revoke(topic: string, user: string): Promise<void> {
    const filter = {
      resourceTypeFilter: TOPIC,
      resourceNameFilter: topic,
      patternTypeFilter: LITERAL,
      principalFilter: `User:${user}`,
      hostFilter: null,
      operation: ANY,
      permissionType: ANY,
    }
    const body = { filters: [filter] }
    const answer = await this.#client.request({ to: 'any' }, DeleteAclsRequest, DeleteAclsResponse, body)
    check(answer.filterResults)
  }

  async setQuota(user: string, key: string, value: number): Promise<void> {
    const entry = { entity: [{ entityType: 'user', entityName: user }], ops: [{ key, value, remove: false }] }
    const body = { entries: [entry], validateOnly: false }
    const answer = await this.#client.request({ to: 'any' }, AlterClientQuotasRequest, AlterClientQuotasResponse, body)
    check(answer.entries)
  }

  /** A delegation token of a user, who logs in by SCRAM over SASL_PLAINTEXT to ask for it. */
  static async createToken(address: string, user: keyof typeof USERS): Promise<{ id: string; hmac: string }> {
    const environment = nodeEnvironment()
    const access: Access = { address, protocol: 'SASL_PLAINTEXT', ...login('SCRAM-SHA-256', user) }
    const properties = new Map(Object.entries(javaProperties(access)))
    const security = await clientPropertiesSecurity(properties, { environment, logger: silentLogger() })
    const client = new ClusterClient({ environment, security, bootstrapServers: parseBootstrapServers(address) })
    try {
      const body = { renewers: [], maxLifetimeMs: -1n }
      const destination = { to: 'any' } as const
      const answer = await client.request(
        destination,
        CreateDelegationTokenRequest,
        CreateDelegationTokenResponse,
        body,
      )
      check([answer])
      return { id: answer.tokenId, hmac: answer.hmac.toString('base64') }
    } finally {
      client.close()
    }
  }

  close(): void {
    this.#client.close()
  }
}

function check(results: readonly { errorCode: number; errorMessage?: string | null }[]): void {
  for (const { errorCode, errorMessage } of results) {
    if (errorCode !== 0) throw new Error(errorMessage ?? errorName(errorCode))
  }
}
