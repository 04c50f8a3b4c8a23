/**
 * Servers whose certificates OpenSSL finds too weak, and Java's clients do not: signed by way of SHA-1, or with an RSA key
 * of 1024 bits. Where a client names its authorities they are trusted as Java 17 trusts them (`jdk.certpath.disabledAlgorithms`):
 * SHA-1 is refused below the authorities of the platform alone, MD5 and shorter keys everywhere. OpenSSL's levels of
 * security cannot tell SHA-1 from MD5, so it verifies such a chain at the lowest one, and the chain is judged once more here.
 */
import { X509Certificate } from 'node:crypto'

/**
 * Whether a peer may have been refused for that alone. Node has the words of OpenSSL (`CA signature digest algorithm too
 * weak`, `EE certificate key too weak`), or where it only notes the error the code of all for which it has none.
 */
export const mayBeTooWeak = (reason: string | null | undefined): boolean =>
  / too weak$|^UNSPECIFIED$/.test(reason ?? '')

/** Object identifiers as certificates have them: md2, md4 and md5, and RSA's signatures by way of each. */
const BROKEN_HASHES = ['0202', '0204', '0205', '010102', '010103', '010104'].map((end) =>
  Buffer.from(`2a864886f70d${end}`, 'hex'),
)
const LEAST_BITS_OF_RSA = 1024
const LEAST_BITS_OF_CURVES = 224
const LONGEST_CHAIN = 10

/**
 * The reason for which Java would not trust a chain that OpenSSL has verified; null: it would. `trusted`: authorities, PEM.
 * Each signature is verified again, for Node goes up the chain by names alone.
 */
export function weaknessOf(shown: X509Certificate, trusted: readonly string[]): string | null {
  const anchors = trusted.map((pem) => new X509Certificate(pem))
  let certificate = shown
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    const { subject } = certificate
    if (hasShortKey(certificate)) return `the key of the certificate of ${nameOf(subject)} is too short`
    if (anchors.some(({ raw }) => raw.equals(certificate.raw))) return null
    if (BROKEN_HASHES.some((hash) => certificate.raw.includes(hash))) {
      return `the certificate of ${nameOf(subject)} is signed by way of MD5 or an older hash`
    }
    const issuer = [certificate.issuerCertificate, ...anchors].find((each) => hasSigned(each, certificate))
    if (issuer === undefined) break
    certificate = issuer
  }
  return 'its certificate is not trusted'
}

const hasSigned = (issuer: X509Certificate | undefined, certificate: X509Certificate): issuer is X509Certificate =>
  issuer !== undefined && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

function hasShortKey({ publicKey }: X509Certificate): boolean {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return modulusLength < LEAST_BITS_OF_RSA
  // The names of curves have their bits: prime256v1, secp384r1, sect163k1.
  return namedCurve !== undefined && !(Number(/\d{3}/.exec(namedCurve)?.[0]) >= LEAST_BITS_OF_CURVES)
}

const nameOf = (subject: string): string => subject.replaceAll('\n', ', ')
