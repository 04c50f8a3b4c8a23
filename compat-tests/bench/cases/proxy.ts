import { ProxyProcess } from '../../proxy/proxied-broker.ts'
import { type Bench, type BenchCase, brokers, type Metrics, withTopic } from '../bench-case.ts'
import { startRelay, type Target } from '../targets.ts'

/** The price of `samsa proxy` on the way to a broker, for a request that no rule asks for. */
export const proxyCase: BenchCase = {
  name: 'proxy/produce',
  words: '100 B records one after another, acks=1: through samsa proxy, and through a process that carries bytes',
  isQuick: true,
  products: brokers,
  async run(target, bench) {
    const proxy = await ProxyProcess.start(`127.0.0.1:${target.port}`)
    const relay = await startRelay(target.port)
    try {
      return await withTopic(target, bench, 1, (topic) => measure(topic, target, proxy.port, relay.port, bench))
    } finally {
      await proxy.stop()
      await relay.stop()
    }
  },
}

async function measure(
  topic: string,
  { port }: Target,
  proxyPort: number,
  relayPort: number,
  { load, scale }: Bench,
): Promise<Metrics> {
  const ways = { port, proxyPort, relayPort }
  const times = { warmUpSeconds: scale.seconds / 4, seconds: scale.seconds }
  return { ...(await load.run('detours', { topic, recordBytes: 100, ...ways, ...times })) }
}
