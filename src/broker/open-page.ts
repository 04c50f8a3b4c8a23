/** Mounts the web page: its files for everybody, its endpoints below `/page/api` for those who have come in. */
import { CLUSTER_NAME } from '../../protocol/acl.ts'
import { principalText } from '../security/principal.ts'
import type { Server } from '../server/server.ts'
import type { Caller } from '../web/caller.ts'
import type { ConnectionRow } from '../web/page/model.ts'
import type { BrokerCounts, PageSurroundings } from '../web/page/surroundings.ts'
import type { Web } from '../web/web.ts'
import type { Counts } from './metrics/counts.ts'
import type { Audit } from './open-audit.ts'
import type { BuildOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { Readiness } from './readiness.ts'
import { schemaReaderOf } from './schemas/page-schemas.ts'

/** A file that is imported may be large. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface PageParts {
  readonly parts: Parts
  readonly server: Server
  readonly readiness: Readiness
  readonly audit: Audit
  /** null: nothing is counted. */
  readonly counts: Counts | null
}

export function mountPage(web: Web, options: BuildOptions, pageParts: PageParts): void {
  const files = () => import('../web/page/page-files.ts')
  web.mount('/', async () => (await files()).documentApp(), { access: 'open' })
  web.mount('/page', async () => (await files()).pageFilesApp(), { access: 'open' })
  const load = async () => {
    const { pageApp } = await import('../web/page/page.ts')
    return pageApp(surroundingsOf(web, options, pageParts), options.loggers.named('samsa.web'))
  }
  web.mount('/page/api', load, { maxBodyBytes: MAX_BODY_BYTES })
}

function surroundingsOf(
  web: Web,
  options: BuildOptions,
  { parts, server, readiness, audit, counts }: PageParts,
): PageSurroundings {
  const { config, environment } = options
  /** The answer to a caller who may see how the broker is; null for everybody else. */
  const forWatchers = <T>(caller: Caller, what: string, of: () => T, quietly = false): T | null =>
    web.permissions(caller, what).allows('DESCRIBE', 'CLUSTER', CLUSTER_NAME, quietly) ? of() : null
  return {
    clock: environment.clock,
    random: environment.random,
    isReadOnly: config.get('samsa.http.read.only'),
    brokerId: config.get('node.id'),
    faults: () => web.faults,
    mayMakeFaults(caller) {
      // The control API lets programs of this machine in as well, but where there is a token.
      if (caller.by === 'loopback') return !config.get('samsa.http.token')
      return web.permissions(caller, 'faults').allows('ALTER', 'CLUSTER', CLUSTER_NAME)
    },
    connect: web.connect.bind(web),
    // The overview asks for them every second, of people too who may not see them.
    counts: (caller) => forWatchers(caller, 'counts', () => numbersOf(options, server, counts), true),
    connections: (caller) => forWatchers(caller, 'connections', () => connectionsOf(server)),
    telemetry: (caller) => forWatchers(caller, 'telemetry', () => parts.telemetry?.loaded?.clients() ?? []),
    audit: (caller) => forWatchers(caller, 'audit', () => audit.trail?.events() ?? []),
    schemas: (caller) => schemaReaderOf(options, { parts, readiness, permissions: web.permissions(caller, 'schemas') }),
    changed: (caller, change) => audit.changes.tell(caller, 'page', change),
  }
}

function numbersOf({ environment }: BuildOptions, server: Server, counts: Counts | null): BrokerCounts {
  const listeners = [...server.metrics.values()]
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0)
  const apis = [...(counts?.requests.apis() ?? [])]
  return {
    connections: sum(listeners.map(({ connections }) => connections)),
    bytesIn: sum(listeners.map(({ incomingBytes }) => incomingBytes)),
    bytesOut: sum(listeners.map(({ outgoingBytes }) => outgoingBytes)),
    requests: sum(listeners.map(({ requests }) => requests)),
    // The second place is that of code 0, which is none.
    errors: sum(apis.map(({ errors }) => sum(errors) - (errors[1] ?? 0))),
    memoryBytes: environment.process?.memory().residentBytes ?? 0,
    activeSeconds: environment.process?.loopSeconds().active ?? 0,
  }
}

const connectionsOf = (server: Server): ConnectionRow[] =>
  [...server.clients()].map((client) => ({
    id: client.id,
    principal: principalText(client.peer.principal),
    software: client.peer.softwareName,
    softwareVersion: client.peer.softwareVersion,
    address: client.remoteAddress,
    port: client.remotePort,
    listener: client.listenerName,
    protocol: client.securityProtocol,
  }))
