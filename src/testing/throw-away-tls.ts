import type { Environment } from '../env/index.ts'

/** The throw-away certificates of a broker. All of it is PEM. */
export interface BrokerTls {
  /** The certificates that a client has to trust. */
  readonly ca: string
  /** A certificate for a client of this name, for listeners with `ssl.client.auth`; its principal is `User:CN=name`. */
  clientCertificate(name: string): Promise<{ key: string; cert: string }>
}

export interface ThrowAwayTls {
  readonly tls: BrokerTls
  /** The keys that make a broker serve with them. */
  readonly properties: readonly [string, string][]
}

/** Names by which a program on this machine may reach its broker. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1']

export async function makeCertificates({ clock, random }: Environment): Promise<ThrowAwayTls> {
  const { createAuthority } = await import('../security/tls/certificates.ts')
  const authority = await createAuthority({ nowMs: clock.nowMs(), random })
  const { key, chain } = await authority.issue({ commonName: 'localhost', hosts: LOCAL_HOSTS })
  const properties: [string, string][] = [
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.key', key],
    ['ssl.keystore.certificate.chain', chain.join('')],
    ['ssl.truststore.type', 'PEM'],
    ['ssl.truststore.certificates', authority.certificate],
  ]
  const clientCertificate = async (name: string) => {
    const issued = await authority.issue({ commonName: name })
    return { key: issued.key, cert: issued.chain.join('') }
  }
  return { properties, tls: { ca: authority.certificate, clientCertificate } }
}
