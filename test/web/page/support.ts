/** A broker with a page, asked as the page's own scripts ask. */
import { startBroker } from '../../../src/index.ts'

const HTTP = {
  'samsa.http.listeners': 'http://localhost:0',
  'connection.failed.authentication.delay.ms': 1,
  'offsets.topic.num.partitions': 1,
}
export type Options = Parameters<typeof startBroker>[0]
interface Test {
  teardown(end: () => unknown): void
}

export async function open(t: Test, options: Options = {}) {
  const broker = await startBroker({ topics: ['orders:2'], ...options, config: { ...HTTP, ...options.config } })
  t.teardown(() => broker.stop())
  const url = broker.httpUrls[0] ?? ''
  let cookie = ''
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/page/api${path}`, {
      method,
      headers: { cookie, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  return {
    broker,
    url,
    get: async <T>(path: string): Promise<T> => (await ask('GET', path)).body as T,
    ask,
    async logIn(username: string, password: string) {
      const made = await fetch(`${url}/session`, {
        method: 'POST',
        headers: { cookie },
        body: JSON.stringify({ username, password }),
      })
      cookie = made.headers.get('set-cookie')?.split(';')[0] ?? ''
      return made.status
    },
    cookie: () => cookie,
  }
}

export const text = (base64: string | null) => (base64 === null ? null : Buffer.from(base64, 'base64').toString())
