/** A listener's `ssl.*` keys as the settings that its TLS serves with. */
import { first, last } from '../../../protocol/collections/elements.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/values.ts'
import type { FileSystem } from '../../env/file-system.ts'
import { FileSystemError } from '../../env/file-system.ts'
import type { TlsClientSettings, TlsIdentity, TlsServerSettings, TlsVersion } from '../../env/tls.ts'
import { cipherList } from './cipher-suites.ts'
import { readKeyStore, readPemCertificates, readPemKeyAndChain, readTrustStore } from './key-store.ts'
import { KeyStoreError } from './key-store-error.ts'

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

export interface TlsSource {
  readonly config: BrokerConfig
  readonly listenerName: string
  readonly files: FileSystem
}

/** Throws `ConfigError` with a sentence that names the key, or the file, that has to be changed. */
export async function readTlsSettings(source: TlsSource, securityProtocol: string): Promise<TlsServerSettings> {
  const { config, listenerName } = source
  const identity = await readIdentity(source)
  if (identity === null) {
    throw new ConfigError(
      `The listener ${listenerName} needs a certificate: set ssl.keystore.location, or ssl.keystore.key and ssl.keystore.certificate.chain.`,
    )
  }
  return { identity, clientAuth: clientAuth(config, listenerName, securityProtocol), ...(await readParameters(source)) }
}

/** The settings of connections that this side opens; `expectedName` is a matter of each. Throws `ConfigError`. */
export async function readTlsClientSettings(source: TlsSource): Promise<Omit<TlsClientSettings, 'expectedName'>> {
  return { identity: await readIdentity(source), ...(await readParameters(source)) }
}

async function readParameters(source: TlsSource) {
  const { config, listenerName } = source
  const versions = enabledVersions(config.getForListener(listenerName, 'ssl.enabled.protocols'))
  return {
    trusted: await readTrusted(source),
    minVersion: first(versions),
    maxVersion: last(versions),
    ciphers: cipherList(config.getForListener(listenerName, 'ssl.cipher.suites')),
  }
}

/** A mark that is another one once a file of the settings has another content. */
export async function tlsFilesState({ config, listenerName, files }: TlsSource): Promise<string> {
  const stats = tlsFiles(config, listenerName).map(async (path) => {
    const stat = await files.stat(path).catch(() => null)
    return `${path} ${stat?.modifiedMs} ${stat?.sizeBytes}`
  })
  return (await Promise.all(stats)).join('\n')
}

/** A change of this key is one of the listener's TLS. */
export function isTlsKey(listenerName: string, key: string): boolean {
  return key.startsWith('ssl.') || key.startsWith(`listener.name.${listenerName.toLowerCase()}.ssl.`)
}

function tlsFiles(config: BrokerConfig, listenerName: string): string[] {
  return [
    config.getForListener(listenerName, 'ssl.keystore.location'),
    config.getForListener(listenerName, 'ssl.truststore.location'),
  ].filter((path) => path !== null)
}

/** As in Kafka, who is asked for a SASL login is asked for a certificate only by a key of its listener. */
function clientAuth(config: BrokerConfig, listenerName: string, securityProtocol: string) {
  const isOfListener = config.isSet(`listener.name.${listenerName.toLowerCase()}.ssl.client.auth`)
  if (securityProtocol === 'SASL_SSL' && !isOfListener) return 'none'
  return config.getForListener(listenerName, 'ssl.client.auth') as TlsServerSettings['clientAuth']
}

function enabledVersions(names: readonly string[]): readonly TlsVersion[] {
  const unknown = names.find((name) => !(VERSIONS as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(`ssl.enabled.protocols has ${unknown}, which is not one of ${VERSIONS.join(', ')}`)
  }
  const enabled = VERSIONS.filter((version) => names.includes(version))
  if (enabled.length === 0) throw new ConfigError('ssl.enabled.protocols must name at least one protocol')
  return enabled
}

/** null: none is configured. */
async function readIdentity(source: TlsSource): Promise<TlsIdentity | null> {
  const { config, listenerName } = source
  const location = config.getForListener(listenerName, 'ssl.keystore.location')
  const key = config.getForListener(listenerName, 'ssl.keystore.key')
  const chain = config.getForListener(listenerName, 'ssl.keystore.certificate.chain')
  const passwords = {
    store: config.getForListener(listenerName, 'ssl.keystore.password'),
    key: config.getForListener(listenerName, 'ssl.key.password'),
  }
  if (location !== null && (key !== null || chain !== null)) {
    throw new ConfigError('Both ssl.keystore.location and ssl.keystore.key are specified: only one of them may be.')
  }
  if (location !== null) {
    return fromFile(source, 'ssl.keystore.location', location, (bytes) => readKeyStore(bytes, passwords))
  }
  if (key === null && chain === null) return null
  if (key === null) throw new ConfigError('SSL certificate chain is specified, but private key is not specified.')
  if (chain === null) throw new ConfigError('SSL private key is specified, but certificate chain is not specified.')
  return explained('ssl.keystore.key', async () => readPemKeyAndChain(key, chain, passwords.key))
}

async function readTrusted(source: TlsSource): Promise<readonly string[] | null> {
  const { config, listenerName } = source
  const location = config.getForListener(listenerName, 'ssl.truststore.location')
  const certificates = config.getForListener(listenerName, 'ssl.truststore.certificates')
  const store = config.getForListener(listenerName, 'ssl.truststore.password')
  if (location !== null && certificates !== null) {
    throw new ConfigError(
      'Both ssl.truststore.location and ssl.truststore.certificates are specified: only one of them may be.',
    )
  }
  if (location !== null) {
    return fromFile(source, 'ssl.truststore.location', location, (bytes) => readTrustStore(bytes, { store, key: null }))
  }
  if (certificates === null) return null
  return explained('ssl.truststore.certificates', async () => readPemCertificates(certificates))
}

function fromFile<T>({ files }: TlsSource, key: string, path: string, read: (bytes: Buffer) => Promise<T>): Promise<T> {
  return explained(`${key} ${path}`, async () => read(await files.readFile(path)))
}

async function explained<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof KeyStoreError) throw new ConfigError(`${what} cannot be used: ${error.message}`)
    if (error instanceof FileSystemError) throw new ConfigError(`${what} cannot be read: ${error.message}`)
    throw error
  }
}
