import { openSocket } from './connection.ts'
import type { Latency } from './statistics.ts'
import { latency } from './statistics.ts'

/** Round trips of a few bytes to a process that sends back what it gets: what the loopback and two loops cost. */
export async function pingPong({ port, seconds }: { port: number; seconds: number }): Promise<Latency> {
  const ping = Buffer.alloc(100, 1)
  const samplesMs: number[] = []
  const endAtMs = performance.now() + seconds * 1_000
  await new Promise<void>((resolve, reject) => {
    let sentAtMs = 0
    let missing = 0
    const opened = openSocket(
      port,
      (bytes) => {
        missing -= bytes.length
        if (missing > 0) return
        samplesMs.push(performance.now() - sentAtMs)
        opened.then((socket) => (performance.now() < endAtMs ? send() : resolve(void socket.destroy())))
      },
      () => {},
    )
    const send = async (): Promise<void> => {
      missing = ping.length
      const socket = await opened
      sentAtMs = performance.now()
      socket.write(ping)
    }
    send().catch(reject)
  })
  return latency(samplesMs)
}
