/** PKCS12 (RFC 7292), by a library: Node's TLS reads a key of it, but no trusted certificates. */
import { pbkdf2Sync } from 'node:crypto'
import forge from 'node-forge'
import { KeyStoreError } from './key-store-error.ts'

type Asn1 = forge.asn1.Asn1
type Bag = forge.pkcs12.Bag

/** All of it is PEM; the certificates lie in any order. `password`: null where none was given. */
export function openPkcs12(
  bytes: Buffer,
  password: string | null,
): { readonly keys: readonly string[]; readonly certificates: readonly string[] } {
  const { pki } = forge
  const bags = bagsOf(bytes, password ?? '')
  const certificates = bags
    .filter(({ type }) => type === pki.oids.certBag)
    .map(({ cert, asn1: raw }) => toPem('CERTIFICATE', cert ? pki.certificateToAsn1(cert) : raw))
  const keys = bags
    .filter(({ type }) => type === pki.oids.pkcs8ShroudedKeyBag || type === pki.oids.keyBag)
    // The library reads RSA keys itself and hands over all others as they are.
    .map(({ key: rsa, asn1: raw }) =>
      rsa ? toPem('PRIVATE KEY', pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(rsa))) : toPem('PRIVATE KEY', raw),
    )
  return { keys, certificates }
}

function bagsOf(bytes: Buffer, password: string): readonly Bag[] {
  const { asn1, pkcs12 } = forge
  try {
    const content = pkcs12.pkcs12FromAsn1(asn1.fromDer(bytes.toString('latin1')), false, password)
    return content.safeContents.flatMap(({ safeBags }) => safeBags)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const isPassword = /password|MAC/i.test(reason)
    throw new KeyStoreError(isPassword ? 'its password is another one' : `it is damaged: ${reason}`)
  }
}

const toPem = (type: string, value: Asn1): string =>
  forge.pem.encode({ type, body: forge.asn1.toDer(value).getBytes() } as forge.pem.ObjectPEM)

/**
 * The library derives keys in JavaScript, ten thousand rounds for each part of a store. It looks its function up at each
 * call, and OpenSSL's takes a tenth of the time.
 */
const derive = (
  password: string,
  salt: string,
  iterations: number,
  keyBytes: number,
  digest?: { readonly algorithm: string } | null,
): string => {
  const [secret, grain] = [Buffer.from(password, 'latin1'), Buffer.from(salt, 'latin1')]
  return pbkdf2Sync(secret, grain, iterations, keyBytes, digest?.algorithm ?? 'sha1').toString('latin1')
}
Object.assign(forge.pkcs5, { pbkdf2: derive })
