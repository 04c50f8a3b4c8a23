import type { Controller } from '../controller/index.ts'
import type { HandlerRegistry } from '../dispatch/registry.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { ClusterReplication } from '../replication/cluster-replication.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { Server } from '../server/server.ts'
import type { Web } from '../web/web.ts'
import type { Coordinators } from './coordinators.ts'
import type { Security } from './open-security.ts'
import type { OtlpPush } from './otlp/otlp-push.ts'
import type { SchemaRegistryOfBroker } from './schemas/schema-registry.ts'
import type { LazyTelemetry } from './telemetry.ts'

/** The parts of a broker that have to be stopped, in the order in which they start. An absent one was never built. */
export interface Parts {
  security?: Security
  server?: Server
  handlers?: HandlerRegistry
  web?: Web
  /** Where metrics are pushed. */
  otlp?: OtlpPush
  schemaRegistry?: SchemaRegistryOfBroker
  logs?: LogManager
  controller?: Controller
  replicas?: ReplicaManager
  replication?: ClusterReplication
  coordinators?: Coordinators
  telemetry?: LazyTelemetry
}
