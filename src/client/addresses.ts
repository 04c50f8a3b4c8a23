import { ClientError } from './errors.ts'

export interface Address {
  host: string
  port: number
}

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/
const MAX_PORT = 65_535

/** `host:port,[::1]:port`. Throws a `ClientError` that says what is expected. */
export function parseBootstrapServers(text: string): Address[] {
  const addresses = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseAddress)
  if (addresses.length === 0) throw new ClientError('address', 'No bootstrap server is named: expected host:port')
  return addresses
}

function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] = ADDRESS.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port === 0 || port > MAX_PORT) {
    throw new ClientError('address', `${text} is no bootstrap server: expected host:port`)
  }
  return { host, port }
}
