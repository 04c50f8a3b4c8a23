import { connect } from 'node:net'
import { codec } from '../../../protocol/compile.ts'
import { readResponseHeader, requestFrame } from '../../../protocol/frame.ts'
import { type JsonObject, toJson } from '../../../protocol/json.ts'
import type { Api } from '../../../protocol/registry.ts'
import type { Decoded } from '../../../protocol/schema.ts'

/** One request over a connection of its own, to samsa or to Apache Kafka alike; the response in Kafka's JSON. */
export async function ask(port: number, api: Api, version: number, request: object): Promise<JsonObject> {
  const frame = requestFrame(api, version, { correlationId: 1, clientId: 'wire-client' }, request)
  const { reader } = readResponseHeader(api, version, await exchange(port, Buffer.concat(frame)))
  const response: Decoded<typeof api.response> = codec(api.response, version).decode(reader)
  return toJson(api.response, version, response)
}

const SIZE_BYTES = 4

/** The frame of the answer, without its size. */
export function exchange(port: number, frame: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: 'localhost' }, () => socket.write(frame))
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < SIZE_BYTES || received.length < SIZE_BYTES + received.readInt32BE(0)) return
      resolve(received.subarray(SIZE_BYTES))
      socket.destroy()
    })
    socket.on('close', () => reject(new Error('the broker closed the connection')))
    socket.on('error', reject)
  })
}
