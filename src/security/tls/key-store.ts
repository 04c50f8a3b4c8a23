/**
 * Key stores and trust stores as Kafka's `ssl.*` keys name them, as PEM: what Node's TLS takes. The bytes decide what a
 * file is, not the type that was declared: many `.jks` files are PKCS12 inside. The libraries are loaded when the first
 * file of their kind is read.
 */

import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type jksJs from 'jks-js'
import { last } from '../../../protocol/collections/elements.ts'
import { KeyStoreError } from './key-store-error.ts'

export interface KeyEntry {
  /** PEM, PKCS8, not encrypted. */
  readonly key: string
  /** PEM: the own certificate first, then those that vouch for it. */
  readonly chain: readonly string[]
}

export interface StorePasswords {
  /** null: none was given. A store of certificates can often be read without. */
  readonly store: string | null
  /** The password of the key within; null: that of the store. */
  readonly key: string | null
}

type StoreContent = { readonly keys: readonly KeyEntry[]; readonly certificates: readonly string[] }

/** The key with its certificates that a key store holds. */
export async function readKeyStore(bytes: Buffer, passwords: StorePasswords): Promise<KeyEntry> {
  const { keys } = await readStore(bytes, passwords)
  const [entry] = keys
  if (entry !== undefined) return entry
  const isLockedJks = passwords.store === null && bytes.length >= 4 && bytes.readUInt32BE(0) === JKS_MAGIC
  throw new KeyStoreError(isLockedJks ? 'it is a JKS store, whose keys take a password' : 'it holds no private key')
}

/** The certificates of those who are trusted: all that the store holds, PEM. */
export async function readTrustStore(bytes: Buffer, passwords: StorePasswords): Promise<readonly string[]> {
  const { certificates } = await readStore(bytes, passwords)
  if (certificates.length === 0) throw new KeyStoreError('it holds no certificate')
  return certificates
}

const JKS_MAGIC = 0xfeedfeed
const JCEKS_MAGIC = 0xcececece
const DER_SEQUENCE = 0x30

/**
 * The stores that were read last. Opening one takes tens of milliseconds of the loop (an old PKCS12 hundreds), listeners
 * share their stores, and each change is read once to judge it and once more to use it.
 */
const recent = new Map<string, Promise<StoreContent>>()
const MAX_RECENT = 8

function readStore(bytes: Buffer, passwords: StorePasswords): Promise<StoreContent> {
  const mark = createHash('sha256')
    .update(JSON.stringify([passwords.store, passwords.key]))
    .update(bytes)
    .digest('base64')
  const known = recent.get(mark)
  if (known !== undefined) return known
  const reading = openStore(bytes, passwords)
  recent.set(mark, reading)
  for (const oldest of recent.keys()) if (recent.size > MAX_RECENT) recent.delete(oldest)
  reading.catch(() => recent.delete(mark))
  return reading
}

async function openStore(bytes: Buffer, passwords: StorePasswords): Promise<StoreContent> {
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0)
  if (magic === JKS_MAGIC) return readJks(bytes, passwords)
  if (magic === JCEKS_MAGIC) throw new KeyStoreError('it is a JCEKS store: convert it to PKCS12 with keytool')
  if (bytes[0] === DER_SEQUENCE) return readPkcs12(bytes, passwords)
  if (bytes.includes('-----BEGIN ')) return readPem(bytes.toString('latin1'), passwords.key)
  throw new KeyStoreError('it is neither PEM nor PKCS12 nor JKS')
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g
const PEM_LINE = /.{1,64}/g

/** PEM as Kafka takes it, inline or from a file: a key, encrypted or not, and certificates in any order around it. */
function readPem(text: string, keyPassword: string | null): StoreContent {
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([block, type = '', body = '']) => ({
    block: inLines(block, type, body),
    type,
  }))
  const certificates = blocks.filter(({ type }) => /\bCERTIFICATE$/.test(type)).map(({ block }) => `${block}\n`)
  const key = blocks.find(({ type }) => type.endsWith('PRIVATE KEY'))
  for (const certificate of certificates) checkCertificate(certificate)
  if (key === undefined) return { keys: [], certificates }
  return { keys: [{ key: plainKey(key.block, keyPassword), chain: certificates }], certificates }
}

/**
 * Kafka reads base64 and passes over all that is none: in one line of a properties file or of the environment spaces stand
 * for the ends of lines, or nothing does. OpenSSL wants lines. Headers (`DEK-Info: …`) are in lines of their own already.
 */
function inLines(block: string, type: string, body: string): string {
  if (body.includes(':')) return block
  const lines = body.replaceAll(/[^A-Za-z0-9+/=]/g, '').match(PEM_LINE) ?? []
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`].join('\n')
}

export function readPemKeyAndChain(key: string, chain: string, keyPassword: string | null): KeyEntry {
  const { keys } = readPem(key, keyPassword)
  const { certificates } = readPem(chain, null)
  const [entry] = keys
  if (entry === undefined) throw new KeyStoreError('it holds no private key')
  if (certificates.length === 0) throw new KeyStoreError('it holds no certificate')
  return { key: entry.key, chain: certificates }
}

export function readPemCertificates(text: string): readonly string[] {
  const { certificates } = readPem(text, null)
  if (certificates.length === 0) throw new KeyStoreError('it holds no certificate')
  return certificates
}

function plainKey(pem: string, password: string | null): string {
  try {
    return exported(createPrivateKey({ key: pem, ...(password !== null && { passphrase: password }) }))
  } catch (error) {
    const isEncrypted = pem.includes('ENCRYPTED')
    const why = !isEncrypted
      ? `the private key cannot be read: ${reason(error)}`
      : password === null
        ? 'the private key is encrypted: set ssl.key.password'
        : 'the private key cannot be decrypted: is ssl.key.password right?'
    throw new KeyStoreError(why)
  }
}

const exported = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function checkCertificate(pem: string): void {
  try {
    new X509Certificate(pem)
  } catch (error) {
    throw new KeyStoreError(`a certificate cannot be read: ${reason(error)}`)
  }
}

interface JksEntry {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

async function readJks(bytes: Buffer, passwords: StorePasswords): Promise<StoreContent> {
  const { default: jks } = await import('jks-js')
  if (passwords.store === null) return { keys: [], certificates: trustedOfJks(jks, bytes) }
  let entries: Record<string, JksEntry>
  try {
    entries = jks.toPem(bytes, passwords.store, passwords.key ?? passwords.store)
  } catch {
    throw new KeyStoreError('it is damaged, or its password is another one')
  }
  const keys = Object.values(entries).flatMap(({ key, cert }) =>
    key === undefined || cert === undefined ? [] : [{ key, chain: pemBlocks(cert) }],
  )
  const trusted = Object.values(entries).flatMap(({ ca }) => (ca === undefined ? [] : pemBlocks(ca)))
  return { keys, certificates: [...trusted, ...keys.flatMap(({ chain }) => chain)] }
}

/** As in Java, certificates are read without the password that would tell whether somebody has changed them. */
function trustedOfJks({ parseJks }: typeof jksJs, bytes: Buffer): readonly string[] {
  try {
    return parseJks(bytes, '').flatMap((entry) =>
      'cert' in entry ? new X509Certificate(entry.cert.value).toString() : [],
    )
  } catch {
    throw new KeyStoreError('it is damaged')
  }
}

const pemBlocks = (text: string): string[] => [...text.matchAll(PEM_BLOCK)].map(([block]) => `${block}\n`)

async function readPkcs12(bytes: Buffer, { store }: StorePasswords): Promise<StoreContent> {
  const { openPkcs12 } = await import('./pkcs12.ts')
  const { keys, certificates } = openPkcs12(bytes, store)
  return { keys: keys.map((key) => ({ key, chain: chainOf(key, certificates) })), certificates }
}

/** The certificate of a key, then its issuer, and so on: in a PKCS12 store they lie in any order. */
function chainOf(keyPem: string, certificates: readonly string[]): string[] {
  const key = createPrivateKey(keyPem)
  // The authorities of a chain may be in the store once more, as trusted ones.
  const known = [
    ...new Map(
      certificates.map((pem) => {
        const certificate = new X509Certificate(pem)
        return [certificate.fingerprint256, { pem, certificate }]
      }),
    ).values(),
  ]
  const own = known.find(({ certificate }) => certificate.checkPrivateKey(key))
  if (own === undefined) throw new KeyStoreError('it holds no certificate of its private key')
  const chain = [own]
  for (;;) {
    const { certificate } = last(chain)
    const issuer = known.find((each) => !chain.includes(each) && certificate.checkIssued(each.certificate))
    if (issuer === undefined) return chain.map(({ pem }) => pem)
    chain.push(issuer)
  }
}
