import type { BrokerConfig } from '../config/index.ts'
import type { StartController } from '../controller/index.ts'
import type { Interceptor } from '../dispatch/interceptor.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { LogProgressListener } from '../log/manager/log-progress.ts'
import type { BrokerLoggers } from './loggers.ts'

export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  /** Stands before the handlers of all requests; absent: nobody does. */
  readonly interceptor?: Interceptor
  /** Called when the last log directory has failed and nothing can be served any more. */
  readonly onFatal?: (error: Error) => void
  /** Called for each log that a start opens or a stop closes. In its absence the logger hears of it now and then. */
  readonly onProgress?: LogProgressListener
  /** Where `samsa.http.listeners` is not set, HTTP is served at the default address if its port is free. */
  readonly hasDefaultHttp?: boolean
  /** The HTTP room is there even where nothing is configured to be served: somebody will mount an app, or listen. */
  readonly needsWeb?: boolean
  /** Absent: the controller that the configuration asks for. */
  readonly startController?: StartController
}

/** The options as the parts are built of them: `logger` is the one of the broker itself, and each part has its own. */
export interface BuildOptions extends BrokerOptions {
  readonly loggers: BrokerLoggers
}
