/** The clients of this folder. Their programs are built and started when a case first needs them. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { go } from '../../scripts/toolchain/go.ts'
import { cacheDirectory, capture, type Lookup } from '../../scripts/toolchain/lookup.ts'
import { python } from '../../scripts/toolchain/python.ts'
import { classPathOf } from '../support/java.ts'
import { type Access, AttemptProgram, type SecurityClient } from './attempts.ts'
import { javaProperties } from './java-properties.ts'
import { KafkajsClient } from './kafkajs-client.ts'

/** Kafka 4 reads keys and tokens from no place that this system property does not name. */
export const ALLOWED_URLS = 'org.apache.kafka.sasl.oauthbearer.allowed.urls'

export interface JavaOptions {
  readonly kafka: ApacheKafka
  /** Files with tokens that the client may read. */
  readonly tokenFiles: readonly string[]
}

const found = <T>(lookup: Lookup<T>): T => {
  if (!lookup.ok) throw new Error(lookup.reason)
  return lookup.tool
}

const pythonClient = (name: string): SecurityClient =>
  new AttemptProgram({
    name,
    program: async () => ({ ...found(await python()), args: [join(import.meta.dirname, 'python/attempts.py'), name] }),
  })

const goClient = (name: string, hasDelegationTokens: boolean): SecurityClient =>
  new AttemptProgram({
    name,
    hasDelegationTokens,
    program: async () => {
      const tool = found(await go())
      const path = join(cacheDirectory, 'go-drivers/security')
      await mkdir(join(path, '..'), { recursive: true })
      const build = ['build', '-ldflags=-s -w', '-o', path, './security/go']
      await capture(tool.path, build, { cwd: join(import.meta.dirname, '..'), env: tool.env })
      return { version: '', path, env: {}, args: [name] }
    },
  })

/** Apache's Java client, whose properties may be others than those of an access with PEM. */
export const javaClient = (
  { kafka, tokenFiles }: JavaOptions,
  properties: (access: Access) => Record<string, string> = javaProperties,
): SecurityClient =>
  new AttemptProgram({
    name: 'Java',
    hasDelegationTokens: true,
    openBody: (access) => ({ properties: { 'bootstrap.servers': access.address, ...properties(access) } }),
    program: async () => {
      const classPath = await classPathOf(kafka, [join(import.meta.dirname, 'java/Attempts.java')])
      const allowed = `-D${ALLOWED_URLS}=${tokenFiles.map((file) => `file://${file}`).join(',')}`
      const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', allowed]
      return { version: '', path: kafka.jdk.path, env: {}, args: [...options, '-cp', classPath, 'Attempts'] }
    },
  })

export const securityClients = (options: JavaOptions): readonly SecurityClient[] => [
  new KafkajsClient(),
  javaClient(options),
  pythonClient('confluent-kafka'),
  pythonClient('aiokafka'),
  goClient('franz-go', true),
  goClient('sarama', false),
]
