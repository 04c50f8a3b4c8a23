/** `samsa proxy`: runs until a signal comes. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { parseBootstrapServers } from '../../client/addresses.ts'
import { ConfigError } from '../../config/index.ts'
import { serveProxyControl } from '../../control/serve-proxy.ts'
import type { Environment } from '../../env/index.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { KafkaProxy } from '../../proxy/proxy.ts'
import type { TracedExchange } from '../../proxy/surroundings.ts'
import { traceLine } from '../../proxy/trace.ts'
import { propertiesIn, securityOf } from '../cluster/connection.ts'
import { splitAssignment } from '../definition/values.ts'
import { createLogger } from '../logger.ts'
import { stopSignals } from '../stop-signals.ts'
import type { ProxyCommandOptions } from './options.ts'

export async function runProxy(options: ProxyCommandOptions): Promise<void> {
  const environment = nodeEnvironment()
  const { logger } = createLogger('info', process.stdout.isTTY === true)
  if (options.upstream === undefined)
    throw new ConfigError('Name the brokers that the proxy is for: --upstream host:port')
  const listen = listenAddress(options.listen)
  const recording = options.record === undefined ? null : await openRecording(options.record)
  const { clock } = environment
  const onExchange = (exchange: TracedExchange) => {
    recording?.write(`${JSON.stringify(traceLine(exchange, clock.nowMs(), clock.monotonicMs()))}\n`)
  }
  const proxy = new KafkaProxy({
    environment,
    logger,
    upstream: parseBootstrapServers(options.upstream),
    listen,
    security: await securityOf(await propertiesOf(options, environment), environment),
    remembers: options.control !== undefined,
    ...(recording !== null && { onExchange }),
  })
  await proxy.start()
  const { control } = options
  const served = control === undefined ? null : await serveProxyControl({ proxy, text: control, environment })
  const stop = async () => {
    await served?.stop()
    await proxy.stop()
    if (recording !== null) await new Promise<void>((resolve) => recording.end(resolve))
    process.exit(0)
  }
  for (const signal of stopSignals(process.platform)) process.once(signal, () => void stop())
  const controlled = served === null ? '' : `, control at ${served.url}`
  process.stdout.write(`samsa proxy is ready: ${proxy.bootstrapServers} leads to ${options.upstream}${controlled}\n`)
}

/** Port 0 is any free one. */
function listenAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain = '', digits] = /^(?:\[([\da-fA-F:.]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) throw new ConfigError(`--listen ${text} is no address: expected host:port`)
  return { host: bracketed ?? plain, port }
}

async function propertiesOf({ commandConfig, property = [] }: ProxyCommandOptions, environment: Environment) {
  const file = await propertiesIn(commandConfig, environment, '--command-config')
  return new Map([...file, ...property.map(splitAssignment)])
}

function openRecording(file: string): Promise<WriteStream> {
  return new Promise((resolve, reject) => {
    const stream = createWriteStream(file, { flags: 'a' })
    stream.once('open', () => resolve(stream))
    stream.once('error', (error) => reject(new ConfigError(`--record ${file} cannot be written: ${error.message}`)))
  })
}
