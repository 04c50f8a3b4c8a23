/** Mounts the web page: its files for everybody, its endpoints below `/page/api` for those who have come in. */
import { CLUSTER_NAME } from '../../protocol/acl.ts'
import { principalText } from '../security/principal.ts'
import type { Server } from '../server/server.ts'
import type { ConnectionRow } from '../web/page/model.ts'
import type { BrokerCounts } from '../web/page/surroundings.ts'
import type { Web } from '../web/web.ts'
import type { Counts } from './metrics/counts.ts'
import type { BuildOptions } from './options.ts'

/** A file that is imported may be large. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

export function mountPage(web: Web, options: BuildOptions, server: Server, counts: Counts | null): void {
  const { config, environment, loggers } = options
  const files = () => import('../web/page/page-files.ts')
  web.mount('/', async () => (await files()).documentApp(), { access: 'open' })
  web.mount('/page', async () => (await files()).pageFilesApp(), { access: 'open' })
  const load = async () => {
    const { pageApp } = await import('../web/page/page.ts')
    const surroundings = {
      clock: environment.clock,
      random: environment.random,
      isReadOnly: config.get('samsa.http.read.only'),
      brokerId: config.get('node.id'),
      connect: web.connect.bind(web),
      counts: () => numbersOf(options, server, counts),
      connections: (caller: Parameters<Web['connect']>[0]) =>
        web.permissions(caller, 'connections').allows('DESCRIBE', 'CLUSTER', CLUSTER_NAME)
          ? connectionsOf(server)
          : null,
    }
    return pageApp(surroundings, loggers.named('samsa.web'))
  }
  web.mount('/page/api', load, { maxBodyBytes: MAX_BODY_BYTES })
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
