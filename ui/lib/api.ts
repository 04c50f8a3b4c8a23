/** Requests to the page's endpoints, whose answers `src/web/page/model.ts` describes. */
import type { Problem } from '../../src/web/page/model.ts'

export const BASE = '/page/api'

/** An answer that is an error: Kafka's name of it, and one sentence. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, { error, message }: Problem) {
    super(message)
    this.status = status
    this.code = error
  }
}

/** Called when a request is refused for want of a login: a session has ended. */
let onLoggedOut = (): void => {}
export const whenLoggedOut = (call: () => void): void => {
  onLoggedOut = call
}

type Method = 'GET' | 'POST' | 'DELETE'

/** A path of segments that may hold anything: names of topics and groups are theirs to choose. */
export const path = (...segments: (string | number)[]): string =>
  segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')

export async function request<T>(method: Method, at: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response
  try {
    response = await fetch(BASE + at, {
      method,
      signal: signal ?? null,
      headers: method === 'GET' ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, { error: 'NETWORK_EXCEPTION', message: 'The broker does not answer.' })
  }
  const text = await response.text()
  const answer = text === '' ? {} : parsed(text)
  if (!response.ok) {
    const { error, message } = answer as Partial<Problem>
    if (response.status === 401) onLoggedOut()
    throw new ApiError(response.status, { error: error ?? '', message: message ?? response.statusText })
  }
  return answer as T
}

export const get = <T>(at: string, signal?: AbortSignal): Promise<T> => request('GET', at, undefined, signal)
export const post = <T = object>(at: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  request('POST', at, body, signal)
export const remove = (at: string): Promise<object> => request('DELETE', at)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { message: text.slice(0, 200) }
  }
}
