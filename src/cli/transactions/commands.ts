import { errorName, KafkaError } from '../../../protocol/errors.ts'
import { parseBootstrapServers } from '../../client/addresses.ts'
import { ClusterClient } from '../../client/cluster-client.ts'
import { ClientError } from '../../client/errors.ts'
import { ConfigError } from '../../config/values.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { commandSecurity } from '../command-config.ts'
import { Output } from '../output.ts'
import { formatTable } from '../table.ts'
import { type AbortOptions, abort } from './abort.ts'
import { type Answer, type CommonOptions, type Row, UsageError } from './answer.ts'
import { describe, forceTerminate, type IdOptions, type ListOptions, list } from './coordinators.ts'
import { type FindHangingOptions, findHanging } from './find-hanging.ts'
import { describeProducers, type ProducersOptions } from './producers.ts'

type Run<O> = (client: ClusterClient, options: O) => Promise<Answer>

export const TransactionsCommands = {
  list: list as Run<ListOptions>,
  describe: describe as Run<IdOptions>,
  describeProducers: describeProducers as Run<ProducersOptions>,
  findHanging: findHanging as Run<FindHangingOptions>,
  abort: abort as Run<AbortOptions>,
  forceTerminate: forceTerminate as Run<IdOptions>,
}

/** Resolves to the exit code: 0, or 1 when there is no answer. */
export async function runTransactionsCommand(
  name: keyof typeof TransactionsCommands,
  options: CommonOptions,
): Promise<number> {
  const output = new Output()
  let client: ClusterClient | null = null
  try {
    const environment = nodeEnvironment()
    client = new ClusterClient({
      environment,
      security: await commandSecurity(options.commandConfig, environment),
      bootstrapServers: parseBootstrapServers(options.bootstrapServer),
      apiTimeoutMs: options.timeout,
      requestTimeoutMs: options.timeout,
      connectTimeoutMs: options.timeout,
    })
    const run = TransactionsCommands[name] as Run<unknown>
    print(output, await run(client, options), options.json === true)
    await output.flush()
    return 0
  } catch (error) {
    process.stderr.write(`samsa: ${sentence(error)}\n`)
    return 1
  } finally {
    client?.close()
  }
}

function print(output: Output, { titles, rows }: Answer, json: boolean): void {
  if (json) for (const row of rows) void output.json(row)
  else
    void output.line(
      formatTable(
        titles,
        rows.map((row) => Object.values(row).map(cell)),
      ),
    )
}

function cell(value: Row[string]): string {
  return Array.isArray(value) ? value.join(',') : String(value ?? 'None')
}

/** One sentence for what a person can mend; a bug shows its stack. */
function sentence(error: unknown): string {
  if (error instanceof ClientError && error.reason === 'unreachable')
    return `${error.message}: is a broker running there?`
  if (error instanceof KafkaError) return `${error.message.replace(/\.$/, '')} (${errorName(error.code)}).`
  const isExpected = [ClientError, ConfigError, UsageError].some((kind) => error instanceof kind)
  if (isExpected) return `${(error as Error).message.replace(/\.$/, '')}.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
