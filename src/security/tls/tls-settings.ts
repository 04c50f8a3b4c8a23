/** A listener's `ssl.*` keys as the settings that its TLS serves with. */
import { first, last } from '../../../protocol/elements.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/values.ts'
import type { FileSystem } from '../../env/file-system.ts'
import { FileSystemError } from '../../env/file-system.ts'
import type { TlsIdentity, TlsServerSettings, TlsVersion } from '../../env/tls.ts'
import { cipherList } from './cipher-suites.ts'
import { KeyStoreError, readKeyStore, readPemCertificates, readPemKeyAndChain, readTrustStore } from './key-store.ts'

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

interface Source {
  readonly config: BrokerConfig
  readonly listenerName: string
  readonly files: FileSystem
}

/** Throws `ConfigError` with a sentence that names the key, or the file, that has to be changed. */
export async function readTlsSettings(source: Source, securityProtocol: string): Promise<TlsServerSettings> {
  const { config, listenerName } = source
  const versions = enabledVersions(config.getForListener(listenerName, 'ssl.enabled.protocols'))
  const [identity, trusted] = [await readIdentity(source), await readTrusted(source)]
  return {
    identity,
    trusted,
    clientAuth: clientAuth(config, listenerName, securityProtocol),
    minVersion: first(versions),
    maxVersion: last(versions),
    ciphers: cipherList(config.getForListener(listenerName, 'ssl.cipher.suites')),
  }
}

/** The files that the settings come from: when one of them changes they are read again. */
export function tlsFiles(config: BrokerConfig, listenerName: string): string[] {
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

async function readIdentity(source: Source): Promise<TlsIdentity> {
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
  if (key === null && chain === null) {
    throw new ConfigError(
      `The listener ${listenerName} needs a certificate: set ssl.keystore.location, or ssl.keystore.key and ssl.keystore.certificate.chain.`,
    )
  }
  if (key === null) throw new ConfigError('SSL certificate chain is specified, but private key is not specified.')
  if (chain === null) throw new ConfigError('SSL private key is specified, but certificate chain is not specified.')
  return explained('ssl.keystore.key', async () => readPemKeyAndChain(key, chain, passwords.key))
}

async function readTrusted(source: Source): Promise<readonly string[] | null> {
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

function fromFile<T>({ files }: Source, key: string, path: string, read: (bytes: Buffer) => Promise<T>): Promise<T> {
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
