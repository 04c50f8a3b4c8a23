/** `samsa proxy`: runs until a signal comes. */
import { parseBootstrapServers } from '../../client/addresses.ts'
import type { Properties } from '../../config/config-reader.ts'
import { ConfigError } from '../../config/index.ts'
import { serveProxyControl } from '../../control/serve-proxy.ts'
import type { Environment } from '../../env/index.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { KafkaProxy } from '../../proxy/proxy.ts'
import type { TracedExchange } from '../../proxy/surroundings.ts'
import { traceLine } from '../../proxy/trace.ts'
import { propertiesIn, securityOf } from '../cluster/connection.ts'
import { splitAssignment } from '../definition/values.ts'
import { createLogger, isPretty } from '../logger.ts'
import { fail, StopOnSignals } from '../stopping.ts'
import type { ProxyCommandOptions } from './options.ts'
import { openRecording } from './recording.ts'

export async function runProxy(options: ProxyCommandOptions): Promise<void> {
  try {
    await start(options)
  } catch (error) {
    fail(error)
  }
}

async function start(options: ProxyCommandOptions): Promise<void> {
  const { upstream, record, control } = options
  if (upstream === undefined) throw new ConfigError('Name the brokers that the proxy is for: --upstream host:port')
  const environment = nodeEnvironment()
  const { clock } = environment
  const commandLogger = createLogger('info', isPretty('auto'))
  const { logger } = commandLogger
  const listen = listenAddress(options.listen)
  const recording = record === undefined ? null : await openRecording(record, logger)
  const onExchange = (exchange: TracedExchange) =>
    recording?.write(JSON.stringify(traceLine(exchange, clock.nowMs(), clock.monotonicMs())))
  const proxy = new KafkaProxy({
    environment,
    logger,
    upstream: parseBootstrapServers(upstream),
    listen,
    security: await securityOf(withoutLogin(await propertiesOf(options, environment)), environment),
    remembers: control !== undefined,
    ...(recording !== null && { onExchange }),
  })
  await proxy.start()
  const served = control === undefined ? null : await serveProxyControl({ proxy, text: control, environment })
  const stop = async () => {
    await served?.stop()
    await proxy.stop()
    await recording?.close()
  }
  new StopOnSignals(stop, environment, commandLogger)
  const controlled = served === null ? '' : `, control at ${served.url}`
  process.stdout.write(`samsa proxy is ready: ${proxy.bootstrapServers} leads to ${upstream}${controlled}\n`)
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

/** Clients log in to the brokers themselves: of the properties of a client that logs in a proxy needs what they say of TLS. */
function withoutLogin(properties: Properties): Properties {
  const protocol = properties.get('security.protocol')
  const others = [...properties].filter(([name]) => !name.startsWith('sasl.'))
  if (protocol === undefined) return new Map(others)
  return new Map([...others, ['security.protocol', protocol.replace(/^sasl_/i, '')]])
}
