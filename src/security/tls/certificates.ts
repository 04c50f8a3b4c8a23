/**
 * Certificates made on the spot, for a broker that is to be had by TLS without anybody having made one: an authority of
 * its own, which is forgotten with the process, and certificates that it has signed.
 */

import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { pki } from 'node-forge'
import { first } from '../../../protocol/collections/elements.ts'
import type { Random } from '../../env/random.ts'
import type { TlsIdentity } from '../../env/tls.ts'

export interface CertificateAuthority {
  /** PEM: what clients have to trust. */
  readonly certificate: string
  /** A certificate and its key for these host names and addresses, or, without any, for a client of this name. */
  issue(subject: { readonly commonName: string; readonly hosts?: readonly string[] }): Promise<TlsIdentity>
}

export interface CertificateServices {
  readonly nowMs: number
  readonly random: Random
}

const DAY_MS = 86_400_000
/** Long enough for every test, short enough that nobody builds on it. */
const LIFETIME_MS = 365 * DAY_MS

type Certificate = pki.Certificate

/** Loads the library that writes certificates and makes a key: some hundred milliseconds. */
export async function createAuthority(services: CertificateServices): Promise<CertificateAuthority> {
  const { default: forge } = await import('node-forge')
  const subject = [{ shortName: 'CN', value: 'samsa, for this run only' }]
  const { certificate, keys } = await unsigned(forge.pki, services)
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  const sign = (each: Certificate): string => {
    each.sign(keys.privateKey, forge.md.sha256.create())
    return forge.pki.certificateToPem(each)
  }
  const own = sign(certificate)
  return {
    certificate: own,
    async issue({ commonName, hosts = [] }) {
      const issued = await unsigned(forge.pki, services)
      issued.certificate.setSubject([{ shortName: 'CN', value: commonName }])
      issued.certificate.setIssuer(subject)
      issued.certificate.setExtensions(leafExtensions(hosts))
      return { key: issued.pem, chain: [sign(issued.certificate), own] }
    },
  }
}

const DNS_NAME = 2
const IP_ADDRESS = 7
const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host)

const leafExtensions = (hosts: readonly string[]): object[] => [
  { name: 'basicConstraints', cA: false },
  { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
  ...(hosts.length === 0
    ? []
    : [
        {
          name: 'subjectAltName',
          altNames: hosts.map((host) =>
            isAddress(host) ? { type: IP_ADDRESS, ip: host } : { type: DNS_NAME, value: host },
          ),
        },
      ]),
]

async function unsigned(tools: typeof pki, { nowMs, random }: CertificateServices) {
  const { privateKey: pem } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const privateKey = tools.privateKeyFromPem(pem)
  const publicKey = tools.setRsaPublicKey(privateKey.n, privateKey.e)
  const certificate = tools.createCertificate()
  certificate.publicKey = publicKey
  // A serial number is positive: its first bit is not set, and it has no zeros in front.
  const serial = random.bytes(16)
  serial[0] = (first(serial) & 0x3f) | 0x40
  certificate.serialNumber = serial.toString('hex')
  certificate.validity.notBefore = new Date(nowMs - DAY_MS)
  certificate.validity.notAfter = new Date(nowMs + LIFETIME_MS)
  return { certificate, pem, keys: { privateKey, publicKey } }
}
