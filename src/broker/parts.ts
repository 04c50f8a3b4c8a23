import type { BrokerConfig } from '../config/index.ts'
import type { Controller } from '../controller/index.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { LogProgressListener } from '../log/manager/log-progress.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { Server } from '../server/server.ts'
import type { Coordinators } from './coordinators.ts'
import type { BrokerLoggers } from './loggers.ts'
import type { Security } from './open-security.ts'

export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  /** Called when the last log directory has failed and nothing can be served any more. */
  readonly onFatal?: (error: Error) => void
  /** Called for each log that a start opens or a stop closes. In its absence the logger hears of it now and then. */
  readonly onProgress?: LogProgressListener
}

/** The options as the parts are built of them: `logger` is the one of the broker itself, and each part has its own. */
export interface BuildOptions extends BrokerOptions {
  readonly loggers: BrokerLoggers
}

/** The parts of a broker that have to be stopped, in the order in which they start. An absent one was never built. */
export interface Parts {
  security?: Security
  server?: Server
  logs?: LogManager
  controller?: Controller
  replicas?: ReplicaManager
  coordinators?: Coordinators
}
