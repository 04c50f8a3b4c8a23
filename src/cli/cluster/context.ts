import type { ClusterClient } from '../../client/cluster-client.ts'
import type { Environment } from '../../env/index.ts'
import type { Output } from '../output.ts'
import type { Answer } from '../print/answer.ts'
import type { Style } from '../print/style.ts'

/** The options that every command of a cluster has. */
export interface CommonOptions {
  readonly bootstrapServer?: string
  readonly profile?: string
  readonly commandConfig?: string
  readonly property?: readonly string[]
  readonly user?: string
  readonly mechanism?: string
  readonly tls?: boolean
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly timeout: number
  readonly json?: boolean
}

/** Everything that a command of a cluster is given. */
export interface CommandContext<O = CommonOptions> {
  readonly client: ClusterClient
  readonly environment: Environment
  /** The words behind the name of the command. */
  readonly words: readonly string[]
  readonly options: O & CommonOptions
  /** The output of a command that prints while it goes on. */
  readonly output: Output
  readonly style: Style
}

/** Resolves to what is to be printed, or to an exit code when all is printed. */
export type ClusterCommand<O = CommonOptions> = (context: CommandContext<O>) => Promise<Answer | number>

/** A mistake of the person who typed. */
export class UsageError extends Error {}
