/** The control of a proxy: rules, the network, and the requests that it saw. For programs of this machine alone. */
import { BrokerConfig, ConfigError, httpUrl, isLoopback, parseHttpListeners } from '../config/index.ts'
import type { Environment } from '../env/index.ts'
import type { Faults } from '../testing/faults/faults.ts'
import type { Witness } from '../testing/witness.ts'
import { hostProblem, originProblem } from '../web/cross-site.ts'

const MAX_CONNECTIONS = 64
const CONFIG = new BrokerConfig()

export interface ProxyControl {
  readonly proxy: { readonly faults: Faults; readonly witness: Witness }
  /** `host:port` on loopback. */
  readonly text: string
  readonly environment: Pick<Environment, 'clock' | 'http'>
}

/** Rejects with a `ConfigError`, or with a `NetworkError` when the port is taken. */
export async function serveProxyControl({ proxy, text, environment }: ProxyControl) {
  const { clock, http } = environment
  const [endpoint] = parseHttpListeners('--control', [`http://${text}`])
  if (endpoint === undefined || http === undefined) throw new Error('This environment has no HTTP.')
  if (!isLoopback(endpoint.host))
    throw new ConfigError('The control of a proxy is for programs of this machine: listen on 127.0.0.1.')
  const { proxyControl } = await import('./proxy-app.ts')
  const app = proxyControl(proxy, clock)
  const { host, port } = endpoint
  const listener = await http.listen({ host, port, maxConnections: MAX_CONNECTIONS }, async (request) => {
    const problem = originProblem(request) ?? hostProblem(request, CONFIG)
    return problem === null ? app.fetch(request) : Response.json({ error: problem }, { status: 403 })
  })
  return { url: `${httpUrl({ ...endpoint, port: listener.port })}/control`, stop: () => listener.close() }
}
