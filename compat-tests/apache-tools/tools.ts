import assert from 'node:assert/strict'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import type { JavaResult, JavaServer } from '../support/java.ts'
import { runJava, startJava } from '../support/java.ts'
import type { CaseContext } from '../support/suite.ts'

export const toolClasses = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  configs: 'org.apache.kafka.tools.ConfigCommand',
  groups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  consoleProducer: 'org.apache.kafka.tools.ConsoleProducer',
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  getOffsets: 'org.apache.kafka.tools.GetOffsetShell',
  deleteRecords: 'org.apache.kafka.tools.DeleteRecordsCommand',
  logDirs: 'org.apache.kafka.tools.LogDirsCommand',
  brokerApiVersions: 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  cluster: 'org.apache.kafka.tools.ClusterTool',
  features: 'org.apache.kafka.tools.FeatureCommand',
  metadataQuorum: 'org.apache.kafka.tools.MetadataQuorumCommand',
  transactions: 'org.apache.kafka.tools.TransactionsCommand',
  leaderElection: 'org.apache.kafka.tools.LeaderElectionCommand',
  reassignPartitions: 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  acls: 'org.apache.kafka.tools.AclCommand',
  allGroups: 'org.apache.kafka.tools.GroupsCommand',
  clientMetrics: 'org.apache.kafka.tools.ClientMetricsCommand',
  consoleShareConsumer: 'org.apache.kafka.tools.consumer.ConsoleShareConsumer',
  delegationTokens: 'org.apache.kafka.tools.DelegationTokenCommand',
  shareGroups: 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  streamsGroups: 'org.apache.kafka.tools.streams.StreamsGroupCommand',
  streamsReset: 'org.apache.kafka.tools.StreamsResetter',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  consumerPerformance: 'org.apache.kafka.tools.ConsumerPerformance',
  endToEndLatency: 'org.apache.kafka.tools.EndToEndLatency',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  verifiableConsumer: 'org.apache.kafka.tools.VerifiableConsumer',
  verifiableShareConsumer: 'org.apache.kafka.tools.VerifiableShareConsumer',
  shareConsumerPerformance: 'org.apache.kafka.tools.ShareConsumerPerformance',
} as const

export type ToolName = keyof typeof toolClasses

export interface Tools {
  /** Runs the tool against the case's broker and answers its standard output; fails the case when the tool fails. */
  run(context: CaseContext, tool: ToolName, args: readonly string[], input?: string): Promise<string>
  /** The same for tools that take the broker's address in their own way. */
  runBare(tool: ToolName, args: readonly string[]): Promise<string>
  /** The same in a JVM of its own, for tools that finish their work when the process ends. */
  runAlone(tool: ToolName, args: readonly string[]): Promise<string>
  /** Starts the tool in a JVM of its own, which reads its standard input while it is open. */
  start(context: CaseContext, tool: ToolName, args: readonly string[]): ChildProcessWithoutNullStreams
  /** Runs the tool whatever becomes of it. */
  attempt(context: CaseContext, tool: ToolName, args: readonly string[], input?: string): Promise<JavaResult>
}

export function toolsOf(kafka: ApacheKafka, server: JavaServer): Tools {
  const attempt: Tools['attempt'] = (context, tool, args, input) =>
    server.run(toolClasses[tool], ['--bootstrap-server', context.broker.bootstrapServers, ...args], { input })
  const outputOf = (tool: ToolName, args: readonly string[], result: JavaResult) => {
    assert.equal(result.exitCode, 0, `${tool} ${args.join(' ')}: ${result.stdout}${result.stderr}`)
    return result.stdout
  }
  return {
    attempt,
    run: async (context, tool, args, input) => outputOf(tool, args, await attempt(context, tool, args, input)),
    runAlone: async (tool, args) => outputOf(tool, args, await runJava(kafka, toolClasses[tool], args)),
    start(context, tool, args) {
      const server = ['--bootstrap-server', context.broker.bootstrapServers]
      const child = startJava(kafka, toolClasses[tool], [...server, ...args])
      context.after(() => child.kill('SIGKILL'))
      return child
    },
    runBare: async (tool, args) => outputOf(tool, args, await server.run(toolClasses[tool], args)),
  }
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

/** Rows of a printed table by the names in its first line. */
export function rows(text: string): Record<string, string>[] {
  const [header, ...rest] = lines(text).map((line) => line.trim().split(/\s+/))
  return rest.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])))
}
