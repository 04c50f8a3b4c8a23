/**
 * The registry's REST API as a Hono app, to be mounted on a listener. Answers have the content type that a client asks for
 * among `application/vnd.schemaregistry.v1+json` (the default), `application/vnd.schemaregistry+json` and
 * `application/json`; errors are `{ error_code, message }`.
 */
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Logger } from '../../env/logger.ts'
import { badRequest, notServed, RegistryError } from '../error.ts'
import type { Registry } from '../registry.ts'
import { END_HEADER, FORWARDED_HEADER, type RequestToForward } from './forwarded.ts'
import { resourcePath, withoutAlias } from './resource-path.ts'
import { isChange, type Route, RouteTable, route } from './routes.ts'
import { schemaRoutes } from './schema-routes.ts'
import { settingRoutes } from './setting-routes.ts'
import { subjectRoutes } from './subject-routes.ts'

const CONTENT_TYPES = [
  'application/vnd.schemaregistry.v1+json',
  'application/vnd.schemaregistry+json',
  'application/json',
] as const
/** Clients that say nothing of a body's type mean JSON. */
const BODY_TYPES = new Set<string>([...CONTENT_TYPES, 'application/octet-stream'])

export interface RegistryAppOptions<Bindings extends object> {
  /** Called for each request. Rejects with a `RegistryError` where there is no registry now. */
  readonly open: () => Promise<Registry>
  readonly logger: Logger
  readonly clusterId: () => string
  readonly version: string
  /** Throws a `RegistryError` where the sender of a request may not read, or change, what is there. */
  readonly admit?: (bindings: Bindings, isChange: boolean) => void
  /** The answer of another registry that is to answer in the place of this one; null: this one is. */
  readonly forward?: (request: RequestToForward, isChange: boolean) => Promise<Response | null>
}

export function registryApp<Bindings extends object = object>({
  open,
  logger,
  clusterId,
  version,
  admit = () => {},
  forward = async () => null,
}: RegistryAppOptions<Bindings>): Hono<{ Bindings: Bindings }> {
  const routes = new RouteTable([
    ...subjectRoutes,
    ...schemaRoutes,
    ...settingRoutes,
    ...serverRoutes({ clusterId, version }),
  ])
  const app = new Hono<{ Bindings: Bindings }>()
  app.all('*', async (context) => {
    const type = acceptedType(context.req.header('accept'))
    try {
      if (type === null) throw new RegistryError(406, 'HTTP 406 Not Acceptable')
      const changes = isChangeOf(context, routes)
      if (changes !== null) admit(context.env, changes)
      return await answerWhereItIs(context, routes, type, { open, forward, changes: changes === true })
    } catch (error) {
      const known = error instanceof RegistryError ? error : unexpected(error, logger)
      const { code, message, status } = known
      return sendText(context, type ?? CONTENT_TYPES[0], status, JSON.stringify({ error_code: code, message }))
    }
  })
  return app
}

type Place = Pick<Required<RegistryAppOptions<object>>, 'open' | 'forward'> & { readonly changes: boolean }

/** The answer of this registry or of another one. Who makes changes may change meanwhile: nothing was done then. */
async function answerWhereItIs(
  context: Context,
  routes: RouteTable,
  type: string,
  { open, forward, changes }: Place,
): Promise<Response> {
  for (let turn = 1; ; turn++) {
    const elsewhere = await forward(toForward(context.req), changes)
    if (elsewhere !== null) return elsewhere
    try {
      return await answer(context, await open(), routes, type)
    } catch (error) {
      const isLeader = !(error instanceof RegistryError && error.code === UNKNOWN_LEADER)
      if (isLeader || turn === MOST_TURNS || context.req.header(FORWARDED_HEADER) !== undefined) throw error
    }
  }
}

const toForward = (req: Context['req']): RequestToForward => ({
  method: req.method,
  url: req.url,
  header: (name) => req.header(name),
  text: async () => textOfJson(new Uint8Array(await req.arrayBuffer())),
})

const UNKNOWN_LEADER = 50004
const MOST_TURNS = 5

/** null: the request leads nowhere. */
function isChangeOf({ req }: Context, routes: RouteTable): boolean | null {
  const match = routes.find(req.method === 'HEAD' ? 'GET' : req.method, resourcePath(new URL(req.url)).segments)
  return match === null || match === 'method' ? null : isChange(match.route)
}

/** `type`: the content type of the answer. */
async function answer(context: Context, registry: Registry, routes: RouteTable, type: string): Promise<Response> {
  const { req } = context
  const path = await registry.ask(({ state }) => withoutAlias(resourcePath(new URL(req.url)), state))
  const method = req.method === 'HEAD' ? 'GET' : req.method
  const match = routes.find(method, path.segments)
  if (match === null)
    throw notServed(path.segments[0] === 'subjects' ? (path.segments[4] ?? '') : (path.segments[0] ?? ''))
  if (match === 'method') throw new RegistryError(405, 'HTTP 405 Method Not Allowed')
  const body = method === 'POST' || method === 'PUT' ? await readBody(context) : null
  const outcome = await match.route.answer(registry, { at: match.at, query: path.query, body })
  if (isChange(match.route) && req.header(FORWARDED_HEADER) !== undefined)
    context.header(END_HEADER, String(registry.end))
  if ('noContent' in outcome) return context.body(null, 204)
  return sendText(context, type, 200, 'raw' in outcome ? outcome.raw : JSON.stringify(outcome.json))
}

async function readBody({ req }: Context): Promise<unknown> {
  const type = (req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type !== '' && !BODY_TYPES.has(type)) throw new RegistryError(415, 'HTTP 415 Unsupported Media Type')
  const text = textOfJson(new Uint8Array(await req.arrayBuffer()))
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`The body is no JSON: ${(error as Error).message}`)
  }
}

/** The first of our types that the client takes most gladly; null: it takes none of them. */
function acceptedType(accept: string | undefined): string | null {
  if (accept === undefined || accept.trim() === '') return CONTENT_TYPES[0]
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    return { type, quality: Number.isNaN(quality) ? 0 : quality }
  })
  let best: { type: string; quality: number } | null = null
  for (const type of CONTENT_TYPES) {
    const qualities = ranges.filter((range) => includes(range.type, type)).map(({ quality }) => quality)
    const quality = Math.max(0, ...qualities)
    if (quality > (best?.quality ?? 0)) best = { type, quality }
  }
  return best?.type ?? null
}

/** A range of all kinds is one whatever stands behind its stroke. */
const includes = (range: string, type: string): boolean =>
  range === '*' || range.startsWith('*/') || range === 'application/*' || range === type

/** JSON shows by its first characters in which of Unicode's forms it is; what a request says of it counts for nothing. */
function textOfJson(bytes: Uint8Array): string {
  const [first, second] = bytes
  const isLittle = first === 0xff || second === 0
  const isBig = first === 0xfe || first === 0
  const form = bytes.length < 2 || !(isLittle || isBig) ? 'utf-8' : isLittle ? 'utf-16le' : 'utf-16be'
  return new TextDecoder(form).decode(bytes)
}

const sendText = (context: Context, type: string, status: number, text: string): Response =>
  context.body(text, status as ContentfulStatusCode, { 'content-type': type })

function unexpected(error: unknown, logger: Logger): RegistryError {
  logger.error({ err: error }, 'A request to the schema registry failed unexpectedly')
  return new RegistryError(500, 'Internal Server Error')
}

const serverRoutes = ({ clusterId, version }: Pick<RegistryAppOptions<object>, 'clusterId' | 'version'>): Route[] => [
  route('GET', '/', async () => ({})),
  route('POST', '/', async () => ({})),
  route('GET', '/v1/metadata/id', async () => ({
    scope: { path: [], clusters: { 'kafka-cluster': clusterId(), 'schema-registry-cluster': 'schema-registry' } },
    id: '',
  })),
  route('GET', '/v1/metadata/deployment', async () => ({ attributes: [] })),
  route('GET', '/v1/metadata/version', async () => ({ version, commitId: 'samsa' })),
]
