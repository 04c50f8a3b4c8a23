/** The small apps of the room itself: an index, health, and profiles of the process. */
import { Hono } from 'hono'
import type { Process } from '../env/index.ts'
import type { WebEnv } from './caller.ts'
import { problem } from './responses.ts'

type App = Hono<WebEnv>

/** `/live`: the process answers. Whoever asks restarts it when it does not. */
export const liveApp = (): App => new Hono<WebEnv>().get('/', (c) => c.text('alive\n'))

/** `/ready`: 200 while clients are served, 503 with the reason while they are not. */
export const readyApp = (whyNotReady: () => string | null): App =>
  new Hono<WebEnv>().get('/', (c) => {
    const reason = whyNotReady()
    return reason === null ? c.text('ready\n') : c.text(`${reason}\n`, 503)
  })

const DEFAULT_PROFILE_SECONDS = 10
const MAX_PROFILE_SECONDS = 300

/** `/profile/cpu?seconds=10` and `/profile/heap`, in the formats of Chrome's tools. */
export function profileApp(process: Process): App {
  const download = (name: string) => ({
    'content-type': 'application/json',
    'content-disposition': `attachment; filename="samsa-${process.id}.${name}"`,
  })
  return new Hono<WebEnv>()
    .get('/cpu', async (c) => {
      const seconds = Number(c.req.query('seconds') ?? DEFAULT_PROFILE_SECONDS)
      if (!(seconds > 0 && seconds <= MAX_PROFILE_SECONDS)) {
        return problem(400, 'bad_request', `seconds is a number up to ${MAX_PROFILE_SECONDS}.`)
      }
      const profile = await process.cpuProfile(seconds).catch((error: Error) => error)
      if (profile instanceof Error) return problem(409, 'conflict', profile.message)
      return c.body(profile, 200, download('cpuprofile'))
    })
    .get('/heap', (c) => c.body(process.heapSnapshot(), 200, download('heapsnapshot')))
}

/** `/` for as long as no page is there. */
export const indexApp = (paths: readonly (readonly [path: string, what: string])[]): App =>
  new Hono<WebEnv>().get('/', (c) =>
    c.html(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>samsa</title><h1>samsa</h1><ul>${paths
        .map(([path, what]) => `<li><a href="${path}">${path}</a>: ${what}</li>`)
        .join('')}</ul></html>\n`,
    ),
  )
