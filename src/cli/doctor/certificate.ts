/** A server's certificate: until when it is good, for whom, and by whose word. */
import { X509Certificate } from 'node:crypto'
import type { Address } from '../../client/addresses.ts'
import type { TlsSession } from '../../env/index.ts'
import { type Finding, fine, problem, warning } from './finding.ts'
import { addressText } from './patient.ts'

export interface CertificateCase {
  readonly address: Address
  readonly session: TlsSession
  /** The client takes a certificate for any name (an empty `ssl.endpoint.identification.algorithm`). */
  readonly takesAnyName: boolean
  readonly nowMs: number
}

const DAY_MS = 86_400_000
const SOON_DAYS = 14
/** OpenSSL's codes for dates, which are judged here by themselves. */
const DATES = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const ANOTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

export function certificateFindings(each: CertificateCase): Finding[] {
  const { address, session } = each
  const at = addressText(address)
  if (session.peerCertificate === null) return []
  const certificate = new X509Certificate(session.peerCertificate)
  const findings = [
    ...dateFindings(at, certificate, each.nowMs),
    ...nameFindings(each, certificate),
    ...authorityFindings(at, session, certificate),
    ...chainFindings(at, session, certificate, each.nowMs),
  ]
  if (findings.some(({ verdict }) => verdict === 'problem')) return findings
  const until = dayOf(Date.parse(certificate.validTo))
  return [...findings, fine('certificate', at, `Its certificate is trusted, and good until ${until}.`)]
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length)

function dateFindings(at: string, certificate: X509Certificate, nowMs: number): Finding[] {
  const [fromMs, untilMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const renew = 'Renew the certificate of the broker.'
  if (nowMs > untilMs) {
    return [
      problem('certificate', at, 'certificate-expired', `Its certificate has expired on ${dayOf(untilMs)}.`, renew),
    ]
  }
  if (nowMs < fromMs) {
    const says = `Its certificate is not valid before ${dayOf(fromMs)}.`
    return [problem('certificate', at, 'certificate-not-yet-valid', says, 'Look at the clock of this machine.')]
  }
  if (untilMs - nowMs >= SOON_DAYS * DAY_MS) return []
  const says = `Its certificate expires on ${dayOf(untilMs)}.`
  return [warning('certificate', at, 'certificate-expires-soon', says, renew)]
}

function nameFindings({ address, session, takesAnyName }: CertificateCase, certificate: X509Certificate): Finding[] {
  const { host } = address
  const isAddress = /^[\d.]+$|:/.test(host)
  const isForIt = (isAddress ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
  if (takesAnyName || (isForIt && session.distrust !== ANOTHER_NAME)) return []
  const names = (certificate.subjectAltName ?? commonName(certificate.subject)).replaceAll(/DNS:|IP Address:/g, '')
  const says = `Its certificate is for ${names || 'nobody by name'}, and not for ${host}.`
  const remedy =
    'Connect by a name that the certificate has, add this one to it, or have the client take any (ssl.endpoint.identification.algorithm=).'
  return [problem('certificate', addressText(address), 'certificate-for-another-name', says, remedy)]
}

/** Node escapes commas and others in it. */
const commonName = (subject: string | undefined): string =>
  /CN=(.*)/.exec(subject ?? '')?.[1]?.replace(/\\(.)/g, '$1') ?? ''

/** The certificate itself is good, and one that vouches for it is not. */
function chainFindings(at: string, { distrust }: TlsSession, certificate: X509Certificate, nowMs: number): Finding[] {
  if (distrust === null || !DATES.has(distrust) || dateFindings(at, certificate, nowMs).length > 0) return []
  const says = `A certificate that vouches for its own is out of date (${distrust}).`
  return [problem('certificate', at, 'certificate-expired', says, 'Renew the certificate of the authority.')]
}

function authorityFindings(at: string, { distrust }: TlsSession, certificate: X509Certificate): Finding[] {
  if (distrust === null || distrust === ANOTHER_NAME || DATES.has(distrust)) return []
  const issuer = commonName(certificate.issuer) || 'somebody without a name'
  const isOwn = certificate.issuer === certificate.subject
  const by = isOwn ? 'Its certificate is signed by itself' : `Its certificate is signed by "${issuer}"`
  const says = `${by}, whom this client does not trust (${distrust}).`
  const remedy = 'Give the certificate of that authority: --tls-ca FILE, or ssl.truststore.location.'
  return [problem('certificate', at, 'certificate-authority-unknown', says, remedy)]
}
