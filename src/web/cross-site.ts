/**
 * Requests that a page of somebody else's makes a browser send. Programs that are no browsers set none of these headers,
 * and are refused nothing.
 */
import { advertisedListeners, type BrokerConfig, parseHttpListeners } from '../config/index.ts'

/** null: the request is of this origin, or of no page. Otherwise a sentence for whoever looks. */
export function originProblem({ headers, method }: Request): string | null {
  const origin = headers.get('origin')
  const host = headers.get('host')
  if (origin !== null && hostOf(origin) !== host) {
    return `The request comes from a page of ${origin}, and this is ${host}: requests from other origins are refused.`
  }
  const site = headers.get('sec-fetch-site')
  const isForeign = site === 'cross-site' || site === 'same-site'
  // A link that leads here is followed; what it leads to is not read by the page that it is on.
  const isLink = method === 'GET' && headers.get('sec-fetch-mode') === 'navigate'
  return isForeign && !isLink ? 'The request comes from a page of another site: those are refused.' : null
}

/**
 * A name of somebody else's may lead here (DNS rebinding), and a browser then takes their page for one of this origin. An
 * address cannot be made to, nor a name without a dot, nor one that ends in what no public DNS has. null: it is fine.
 */
export function hostProblem({ headers }: Request, config: BrokerConfig): string | null {
  const host = headers.get('host') ?? ''
  const name = nameOf(host).toLowerCase()
  if (name === '' || isAddress(name) || !name.includes('.') || /\.(localhost|local|internal)$/.test(name)) return null
  if (ownNames(config).has(name)) return null
  return `${name} is not known as a name of this broker: add it to advertised.listeners or samsa.http.listeners, use an address, or send credentials.`
}

function ownNames(config: BrokerConfig): ReadonlySet<string> {
  const keys = ['samsa.http.listeners', 'samsa.schema.registry.listeners'] as const
  const listening = keys.flatMap((key) => parseHttpListeners(key, config.get(key) ?? []))
  const advertised = [...advertisedListeners(config).values()].map((each) => (each === 'auto' ? '' : each.host))
  return new Set([...listening.map(({ host }) => host), ...advertised].map((name) => name.toLowerCase()))
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host
  } catch {
    return null
  }
}

const isAddress = (name: string): boolean => name.includes(':') || /^\d+(\.\d+){3}$/.test(name)

/** The name or address of `name:port`. */
const nameOf = (host: string): string => /^\[(.*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '')
