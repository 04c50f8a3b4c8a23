/** Connections, requests and bytes of clients with the same client id: plain numbers that their connections add to. */
export class Traffic {
  /** Open now. */
  connections = 0
  requests = 0
  incomingBytes = 0
  outgoingBytes = 0
}

/** Clients may call themselves anything: beyond so many names the rest is counted together. */
const MOST_CLIENT_IDS = 500
const LONGEST_CLIENT_ID = 256
/** The name under which they are counted. */
const OTHER_CLIENTS = '(others)'

export class ClientTraffic {
  readonly #byClientId = new Map<string, Traffic>()

  /** One object for each client id, for as long as a connection has it at least. */
  of(clientId: string): Traffic {
    const name = clientId.slice(0, LONGEST_CLIENT_ID)
    const known = this.#byClientId.get(name)
    if (known !== undefined) return known
    if (this.#byClientId.size >= MOST_CLIENT_IDS) this.#forgetGone()
    return this.#made(this.#byClientId.size >= MOST_CLIENT_IDS ? OTHER_CLIENTS : name)
  }

  all(): ReadonlyMap<string, Traffic> {
    return this.#byClientId
  }

  #made(name: string): Traffic {
    const traffic = this.#byClientId.get(name) ?? new Traffic()
    this.#byClientId.set(name, traffic)
    return traffic
  }

  /** Clients without a connection make room; a program that runs again and again has another name each time. */
  #forgetGone(): void {
    for (const [name, { connections }] of this.#byClientId) if (connections === 0) this.#byClientId.delete(name)
  }
}

/** Where the client id stands in a request: behind the API's key and version and the correlation id. */
const CLIENT_ID_AT = 8
const LENGTH_BYTES = 2

/** The client id of a request's frame, without its size; empty for none, and for a frame that is too short to have one. */
export function clientIdIn(frame: Buffer): string {
  if (frame.length < CLIENT_ID_AT + LENGTH_BYTES) return ''
  const length = frame.readInt16BE(CLIENT_ID_AT)
  const from = CLIENT_ID_AT + LENGTH_BYTES
  return length <= 0 ? '' : frame.toString('utf8', from, from + Math.min(length, LONGEST_CLIENT_ID))
}
