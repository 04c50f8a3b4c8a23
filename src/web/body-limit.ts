import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from './caller.ts'
import { problem } from './responses.ts'

/**
 * Refuses bodies that are larger. One whose length nobody says is gathered first: a limit is one before an app has read half.
 * Hono's own does it by `new Request(request)`, which Node's adapter of it does not let one do.
 */
export function bodyLimit(maxBytes: number): MiddlewareHandler<WebEnv> {
  // The rest of the body is not read.
  const tooLarge = () =>
    problem(413, 'too_large', `A request's body may have ${maxBytes} bytes here.`, { connection: 'close' })
  return async (c, next) => {
    const { raw } = c.req
    const { headers, method, signal, url } = raw
    if (!headers.has('transfer-encoding')) {
      return Number(headers.get('content-length') ?? 0) > maxBytes ? tooLarge() : next()
    }
    const body = await gathered(raw, maxBytes)
    if (body === null) return tooLarge()
    c.req.raw = new Request(url, { method, headers, signal, body: body.length === 0 ? null : body })
    return next()
  }
}

/** null: it is larger. */
async function gathered({ body }: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body?.getReader()
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done || value === undefined) return Buffer.concat(chunks)
    size += value.length
    if (size > maxBytes) return null
    chunks.push(value)
  }
}
