/**
 * The files of the page, in apps that are open to all: they say nothing about the broker. All but the document are named by
 * the hash of their content, so that a browser keeps them.
 */
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import type { WebEnv } from '../caller.ts'
import type { PageFile } from './page-file.ts'

const DOCUMENT = 'index.html'
/** The worker runs what a person has written: it may compute, and reach nothing. */
const WORKER = /^predicate-/
const WORKER_POLICY = "default-src 'none'; script-src 'unsafe-eval'"
const FOR_EVER = 'public, max-age=31536000, immutable'

let built: Promise<ReadonlyMap<string, PageFile>> | null = null

/** Built once in a process; what could not be built is tried again. */
function filesOfPage(): Promise<ReadonlyMap<string, PageFile>> {
  built ??= load().catch((error) => {
    built = null
    throw error
  })
  return built
}

async function load(): Promise<ReadonlyMap<string, PageFile>> {
  // A bundle has the files themselves in this place; see `scripts/support/bundle.ts`.
  const { pageFiles } = await import('../../../ui/build.ts')
  return new Map((await pageFiles()).map((file) => [file.name, file]))
}

/** `/`: the document. */
export const documentApp = (): Hono<WebEnv> =>
  new Hono<WebEnv>().get('/', async (c) => (await respond(DOCUMENT, c.req.raw)) ?? c.notFound())

/** The files that it names. */
export const pageFilesApp = (): Hono<WebEnv> =>
  new Hono<WebEnv>().get('/:name', async (c) => (await respond(c.req.param('name'), c.req.raw)) ?? c.notFound())

async function respond(name: string, request: Request): Promise<Response | null> {
  const file = (await filesOfPage()).get(name)
  return file === undefined ? null : responseOf(file, request)
}

function responseOf({ name, type, gzip }: PageFile, request: Request): Response {
  const headers = new Headers({ 'content-type': type, vary: 'accept-encoding' })
  headers.set('cache-control', /-[A-Z0-9]{8}\./.test(name) ? FOR_EVER : 'no-cache')
  if (WORKER.test(name)) headers.set('content-security-policy', WORKER_POLICY)
  const takesGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (!takesGzip) return new Response(gunzipSync(gzip), { headers })
  headers.set('content-encoding', 'gzip')
  return new Response(gzip, { headers })
}
