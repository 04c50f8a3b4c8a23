import { nodeEnvironment } from '../../env/node/index.ts'
import { exitCodeOf } from '../print/exit-code.ts'
import { styleFor } from '../print/style.ts'
import { openCluster } from './connection.ts'
import type { ClusterCommand, CommonOptions } from './context.ts'

/** Runs a command of a cluster and prints its answer. Resolves to the exit code: 0, or 1 when something was refused. */
export async function runOnCluster(
  command: ClusterCommand,
  words: readonly string[],
  options: CommonOptions,
): Promise<number> {
  let close = () => {}
  try {
    return await exitCodeOf(async (output) => {
      const environment = nodeEnvironment()
      const client = await openCluster(options, environment)
      close = () => client.close()
      return command({ client, environment, words, options, output, style: styleFor(process.stdout) })
    }, options)
  } finally {
    close()
  }
}
