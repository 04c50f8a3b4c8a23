/** The JAAS entries that hold for a mechanism of a listener: those of its key, else those of `samsa.jaas.file`. */
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/values.ts'
import type { FileSystem } from '../../env/file-system.ts'
import { type JaasEntry, parseJaasConfig, parseJaasFile } from '../jaas.ts'

export interface JaasSource {
  readonly config: BrokerConfig
  readonly files: Pick<FileSystem, 'readFile'>
  readonly listenerName: string
}

/** Empty where nothing is configured. Throws `ConfigError`. */
export async function jaasEntries(source: JaasSource, mechanism: string): Promise<readonly JaasEntry[]> {
  const text = source.config.getForMechanism(source.listenerName, mechanism, 'sasl.jaas.config')
  return text === null ? ((await fromFile(source)) ?? []) : parseJaasConfig(text)
}

/** `NAME.KafkaServer` of a JAAS file, or its `KafkaServer`. */
async function fromFile({ config, files, listenerName }: JaasSource): Promise<readonly JaasEntry[] | null> {
  const path = config.get('samsa.jaas.file')
  if (path === null) return null
  const bytes = await files.readFile(path).catch((error: Error) => {
    throw new ConfigError(`The JAAS file ${path} cannot be read: ${error.message}`)
  })
  const sections = parseJaasFile(bytes.toString('utf8'))
  return sections.get(`${listenerName.toLowerCase()}.KafkaServer`) ?? sections.get('KafkaServer') ?? null
}
