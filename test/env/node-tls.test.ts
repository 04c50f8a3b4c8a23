import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as netConnect } from 'node:net'
import { join } from 'node:path'
import { DEFAULT_CIPHERS, connect as tlsConnect } from 'node:tls'
import t from 'tap'
import {
  type Connection,
  type Network,
  type NetworkError,
  TLS_HANDSHAKE_FAILED,
  type TlsIdentity,
  type TlsServerSettings,
  type TlsSession,
} from '../../src/env/index.ts'
import { nodeNetwork } from '../../src/env/node/network.ts'
import { nodeRandom } from '../../src/env/node/random.ts'
import { weaknessOf } from '../../src/env/node/weak-chain.ts'
import { createAuthority } from '../../src/security/tls/certificates.ts'
import { readKeyStore, readTrustStore } from '../../src/security/tls/key-store.ts'
import { networkContract, Peer } from './network-contract.ts'

const services = { nowMs: Date.now(), random: nodeRandom }
const authority = await createAuthority(services)
const identity = await authority.issue({ commonName: 'broker', hosts: ['localhost', '127.0.0.1', '::1'] })
const alice = await authority.issue({ commonName: 'alice' })
const stranger = await (await createAuthority(services)).issue({ commonName: 'mallory' })

const versions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: null } as const
const server: TlsServerSettings = { identity, trusted: [authority.certificate], clientAuth: 'none', ...versions }
const client = { identity: null, trusted: [authority.certificate], expectedName: 'localhost', ...versions }

const goldenStore = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../golden/key-stores', name))

const overTls = (settings: TlsServerSettings): Network => ({
  ...nodeNetwork,
  listen: (options, accept) => nodeNetwork.listen({ ...options, tls: () => settings }, accept),
  connect: (options) => nodeNetwork.connect({ ...options, tls: client }),
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(`the network's contract by ${version}`, (t) => {
    networkContract(t, async () => ({
      network: overTls({ ...server, minVersion: version, maxVersion: version }),
      host: 'localhost',
      settle: (promise) => promise,
    }))
    t.end()
  })
}

/** A listener whose first connection is waited for: its session, or how it failed. */
async function listening(settings: () => TlsServerSettings) {
  const accepted: Connection[] = []
  let ended: (result: TlsSession | NetworkError | null) => void = () => {}
  const result = new Promise<TlsSession | NetworkError | null>((resolve) => (ended = resolve))
  const listener = await nodeNetwork.listen({ host: 'localhost', port: 0, tls: settings }, (connection) => {
    accepted.push(connection)
    connection.handle({
      data: () => {
        ended(connection.tls ?? null)
        connection.end()
      },
      close: (error) => ended(error),
    })
  })
  return { port: listener.port, close: () => listener.close(), result, accepted }
}

const say = (port: number, options: object): Promise<string> =>
  new Promise((resolve) => {
    const socket = tlsConnect({ port, host: '127.0.0.1', ca: authority.certificate, ...options })
    let failure = ''
    socket.on('secureConnect', () => socket.write('hello'))
    socket.on('error', (error) => (failure = error.message))
    socket.on('close', () => resolve(failure))
    socket.resume()
  })

t.test('client certificates', async (t) => {
  const cases = [
    { clientAuth: 'none', shown: alice, outcome: 'anonymous' },
    { clientAuth: 'requested', shown: null, outcome: 'anonymous' },
    { clientAuth: 'requested', shown: alice, outcome: 'alice' },
    { clientAuth: 'requested', shown: stranger, outcome: /certificate is not trusted/ },
    { clientAuth: 'required', shown: null, outcome: /did not return a certificate/ },
    { clientAuth: 'required', shown: alice, outcome: 'alice' },
    { clientAuth: 'required', shown: stranger, outcome: /TLS handshake failed/ },
  ] as const
  for (const { clientAuth, shown, outcome } of cases) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const settings = { ...server, clientAuth }
      const listener = await listening(() => settings)
      await say(listener.port, { maxVersion, ...(shown && { key: shown.key, cert: shown.chain.join('\n') }) })
      const result = await listener.result
      const what = `${clientAuth}, ${maxVersion}`
      if (outcome instanceof RegExp) t.match((result as NetworkError).message, outcome, what)
      else {
        const { peerCertificate, version } = result as TlsSession
        t.equal(version, maxVersion)
        t.equal(peerCertificate?.includes(Buffer.from('alice')) === true ? 'alice' : 'anonymous', outcome, what)
      }
      await listener.close()
    }
  }
})

t.test('peers that do not speak TLS', async (t) => {
  const kafka = Buffer.from([0, 0, 0, 20, 0, 18, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  const cases: [Buffer | string, string][] = [
    ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'ETLSHTTP'],
    [kafka, 'ETLSPLAIN'],
  ]
  for (const [bytes, code] of cases) {
    const listener = await listening(() => server)
    const socket = netConnect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    t.equal(((await listener.result) as NetworkError).code, code)
    await listener.close()
  }
})

t.test('peers that give up in the middle leave nothing', async (t) => {
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const listener = await listening(() => server)
    const socket = netConnect(listener.port, '127.0.0.1', () => {
      socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]))
      setImmediate(() => socket[leave]())
    })
    socket.on('error', () => {})
    await listener.result
    await listener.close()
  }
  t.pass('each of them was told')
})

t.test('what is destroyed in its handshake is closed, and what is not resumed does not begin one', async (t) => {
  const closed: string[] = []
  let accepted!: Connection
  const listener = await nodeNetwork.listen({ host: 'localhost', port: 0, tls: () => server }, (connection) => {
    accepted = connection
    connection.handle({ data: () => {}, close: () => closed.push('server') })
    connection.pause()
  })
  const gone = say(listener.port, {})
  while (accepted === undefined) await new Promise((resolve) => setImmediate(resolve))
  t.equal(accepted.tls, null)
  accepted.destroy()
  t.match(await gone, /disconnected|ECONNRESET/)
  t.strictSame(closed, ['server'])
  await listener.close()
})

t.test('a renewed certificate serves whoever comes next', async (t) => {
  let settings = server
  const renewed = { ...server, identity: await authority.issue({ commonName: 'renewed', hosts: ['localhost'] }) }
  const listener = await nodeNetwork.listen({ host: 'localhost', port: 0, tls: () => settings }, (connection) => {
    new Peer(connection, { end: undefined })
  })
  const names: (string | undefined)[] = []
  for (const next of [server, renewed]) {
    settings = next
    const { connection, certificate } = await new Promise<{ connection: Peer; certificate: Buffer }>((resolve) => {
      void nodeNetwork
        .connect({ host: 'localhost', port: listener.port, timeoutMs: 5000, tls: client })
        .then((made) => {
          resolve({ connection: new Peer(made), certificate: made.tls!.peerCertificate! })
        })
    })
    names.push(['broker', 'renewed'].find((name) => certificate.includes(Buffer.from(name))))
    connection.connection.destroy()
  }
  t.strictSame(names, ['broker', 'renewed'])
  await listener.close()
})

t.test('who is not trusted, or has another name, is not connected to', async (t) => {
  const listener = await nodeNetwork.listen({ host: 'localhost', port: 0, tls: () => server }, (connection) => {
    new Peer(connection, { end: undefined })
  })
  const connect = (tls: object) =>
    nodeNetwork.connect({ host: 'localhost', port: listener.port, timeoutMs: 5000, tls: { ...client, ...tls } })
  await t.rejects(connect({ trusted: null }), { code: TLS_HANDSHAKE_FAILED, message: /self-signed|verify|issuer/ })
  await t.rejects(connect({ expectedName: 'elsewhere.example' }), {
    code: TLS_HANDSHAKE_FAILED,
    message: /does not match certificate's altnames: Host: elsewhere.example/,
  })
  await listener.close()
})

t.test('settings that cannot serve', async (t) => {
  await nodeNetwork.checkTls(server)
  await t.rejects(nodeNetwork.checkTls({ ...server, identity: { ...identity, key: alice.key } }), {
    name: 'NetworkError',
    message: 'the private key does not belong to the certificate',
  })
  await t.rejects(nodeNetwork.checkTls({ ...server, ciphers: 'nonsense' }), { message: /cipher suites/ })
})

/** As Java's TLS does: kafkajs's own tests, for one, bring a key store whose certificate is signed by way of SHA-1. */
for (const name of ['sha1', 'short-key']) {
  t.test(`a certificate that OpenSSL finds too weak (${name}) is shown, and clients may trust it`, async (t) => {
    const weak = await readKeyStore(goldenStore(`${name}.p12`), { store: 'secret1', key: null })
    const trusted = await readTrustStore(goldenStore('ca.pem'), { store: null, key: null })
    for (const ciphers of [null, 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256']) {
      const settings = { ...server, identity: weak, ciphers }
      await nodeNetwork.checkTls(settings)
      const listener = await listening(() => settings)
      const lax = { ca: [...trusted], ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` }
      const socket = tlsConnect({ host: 'localhost', port: listener.port, servername: 'localhost', ...lax })
      await once(socket, 'secureConnect')
      t.equal(socket.authorized, true)
      t.equal(socket.getPeerCertificate().subject.CN, name)
      socket.destroy()
      await listener.close()
    }
    await t.rejects(nodeNetwork.checkTls({ ...server, identity: { ...weak, key: alice.key } }), {
      name: 'NetworkError',
    })
  })
}

/** How a client that trusts these authorities gets on with a server: its session, or its error. */
async function meeting(identity: TlsIdentity, trusted: readonly string[] | null, looksOnly = false) {
  const listener = await nodeNetwork.listen(
    { host: 'localhost', port: 0, tls: () => ({ ...server, identity }) },
    (connection) => void new Peer(connection),
  )
  const tls = { ...client, trusted, looksOnly }
  const options = { host: 'localhost', port: listener.port, timeoutMs: 5000, tls }
  try {
    const sessions: (TlsSession | null | undefined)[] = []
    // The second connection knows what the first one found.
    for (let turn = 0; turn < 2; turn++) {
      const connection = await nodeNetwork.connect(options)
      new Peer(connection)
      sessions.push(connection.tls)
      connection.destroy()
    }
    t.strictSame(sessions[1], sessions[0])
    return sessions[0] ?? null
  } finally {
    await listener.close()
  }
}

const goldenIdentity = (file: string) =>
  readKeyStore(goldenStore(file), { store: /p12$/.test(file) ? 'secret1' : null, key: null })
const goldenTrust = (file: string) => readTrustStore(goldenStore(file), { store: null, key: null })

t.test('a server with a weak certificate is trusted where Java trusts it', async (t) => {
  const trusted = await goldenTrust('ca.pem')
  for (const file of ['sha1.p12', 'short-key.p12']) {
    const weak = await goldenIdentity(file)
    t.equal((await meeting(weak, trusted))?.distrust, null, file)
    t.equal((await meeting(weak, trusted, true))?.distrust, null, `${file}, for a look`)
    await t.rejects(meeting(weak, [authority.certificate]), { code: TLS_HANDSHAKE_FAILED })
    await t.rejects(meeting(weak, null), { code: TLS_HANDSHAKE_FAILED })
  }
})

t.test('and is not trusted where Java does not trust it', async (t) => {
  const trusted = await goldenTrust('rsa-ca.pem')
  for (const [file, reason] of [
    ['md5.pem', 'the certificate of CN=md5 is signed by way of MD5 or an older hash'],
    ['tiny-key.pem', 'the key of the certificate of CN=tiny-key is too short'],
  ] as const) {
    const weak = await goldenIdentity(file)
    await t.rejects(meeting(weak, trusted), { code: TLS_HANDSHAKE_FAILED, message: new RegExp(reason) })
    t.equal((await meeting(weak, trusted, true))?.distrust, reason)
  }
})

t.test('a chain is judged by the signatures in it, whatever the names are', async (t) => {
  const [own] = (await goldenIdentity('sha1.p12')).chain
  const [stranger] = (await goldenIdentity('md5.pem')).chain
  t.equal(weaknessOf(new X509Certificate(own!), await goldenTrust('ca.pem')), null)
  t.equal(weaknessOf(new X509Certificate(own!), await goldenTrust('rsa-ca.pem')), 'its certificate is not trusted')
  t.match(weaknessOf(new X509Certificate(stranger!), await goldenTrust('ca.pem')), /MD5/)
})
