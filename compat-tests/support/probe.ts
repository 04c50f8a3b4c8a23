import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Metadata version 1 for no topics, client id null: 4 bytes of length, header of 10, an empty array. */
const metadataRequest = Buffer.from('0000000e000300010000002affff00000000', 'hex')
const brokersOffset = 8

/** True once a broker on the port answers Metadata and names at least so many brokers. */
function answersMetadata(port: number, timeoutMs: number, brokers = 1): Promise<boolean> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(metadataRequest))
    const finish = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setNoDelay(true)
    socket.setTimeout(timeoutMs, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      if (received.length < brokersOffset + 4 || received.length < 4 + received.readInt32BE(0)) return
      finish(received.readInt32BE(brokersOffset) >= brokers)
    })
  })
}

/** Tries every `everyMs` until a broker answers; `stillRunning` ends the wait early when its process is gone. */
export async function waitForMetadata(
  port: number,
  options: { timeoutMs: number; everyMs: number; brokers?: number; stillRunning: () => boolean },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs
  while (!(await answersMetadata(port, 2_000, options.brokers))) {
    if (!options.stillRunning()) throw new Error('the broker ended before it answered')
    if (performance.now() > deadline) throw new Error(`no answer to Metadata within ${options.timeoutMs} ms`)
    await delay(options.everyMs)
  }
}
