/** The form of errors, and the headers that every response has. */

const sentences = new WeakMap<Response, string>()

export function problem(
  status: number,
  error: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const response = Response.json({ error, message }, { status, headers })
  sentences.set(response, message)
  return response
}

/** A response of `problem` with another body; any other one stays as it is. */
export function reworded(response: Response, body: (status: number, message: string) => object): Response {
  const message = sentences.get(response)
  if (message === undefined) return response
  const { status, headers } = response
  headers.delete('content-length')
  return Response.json(body(status, message), { status, headers })
}

/** Nothing but what this origin serves is loaded, run, or framed. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const DEFAULTS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

/** The response with the headers that it has not set itself. */
export function secured(response: Response): Response {
  try {
    addMissing(response.headers)
    return response
  } catch {
    // The headers of a response that came from elsewhere cannot be changed.
    const copy = new Response(response.body, response)
    addMissing(copy.headers)
    return copy
  }
}

function addMissing(headers: Headers): void {
  for (const [name, value] of Object.entries(DEFAULTS)) if (!headers.has(name)) headers.set(name, value)
}
