import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { readKeyStore, readTrustStore } from '../../src/security/tls/key-store.ts'
import { KeyStoreError } from '../../src/security/tls/key-store-error.ts'
import { subjectName } from '../../src/security/tls/x500-name.ts'
import { repetitions } from '../support/repetitions.ts'

/** Made by keytool and openssl: `make.sh` beside the files. */
const file = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../golden/key-stores', name))

t.test('key stores of every kind, by their bytes', async (t) => {
  const cases: [name: string, key: string | null, subjects: string[]][] = [
    ['ec.p12', null, ['CN=ec,OU=Test,O=samsa,C=DE']],
    ['rsa.p12', null, ['CN=rsa']],
    ['legacy.p12', null, ['CN=legacy']],
    ['pkcs12-inside.jks', null, ['CN=ec,OU=Test,O=samsa,C=DE']],
    ['ec.jks', null, ['CN=ec-jks']],
    ['rsa.jks', 'keypass2', ['CN=rsa-jks']],
    ['chain.p12', null, ['CN=signed', 'CN=authority']],
    ['encrypted.pem', 'keypass2', ['CN=signed', 'CN=authority']],
  ]
  for (const [name, key, subjects] of cases) {
    const entry = await readKeyStore(file(name), { store: 'secret1', key })
    const chain = entry.chain.map((pem) => new X509Certificate(pem))
    t.same(
      chain.map(({ raw }) => subjectName(raw)),
      subjects,
      name,
    )
    t.ok(chain[0].checkPrivateKey(createPrivateKey(entry.key)), `${name}: the key is the certificate's`)
  }
})

t.test('trust stores', async (t) => {
  for (const name of ['trust.p12', 'trust.jks']) {
    const trusted = await readTrustStore(file(name), { store: 'secret1', key: null })
    t.same(trusted.map((pem) => subjectName(new X509Certificate(pem).raw)).sort(), ['CN=authority', 'CN=rsa'], name)
  }
  const withoutPassword = await readTrustStore(file('trust.jks'), { store: null, key: null })
  t.equal(withoutPassword.length, 2, 'as Java does, without a password')
  await t.rejects(readTrustStore(file('trust.jks'), { store: 'wrong', key: null }), /password is another one/)
  t.equal((await readTrustStore(file('ca.pem'), { store: null, key: null })).length, 1)
  await t.rejects(readKeyStore(file('trust.p12'), { store: 'secret1', key: null }), /no private key/)
})

t.test('PEM in one line, as properties and the environment have it', async (t) => {
  const text = file('encrypted.pem').toString()
  const expected = await readKeyStore(file('encrypted.pem'), { store: null, key: 'keypass2' })
  for (const [name, end] of Object.entries({ spaces: ' ', 'the ends of lines of Windows': '\r\n', nothing: '' })) {
    const entry = await readKeyStore(Buffer.from(text.replaceAll('\n', end)), { store: null, key: 'keypass2' })
    t.same(entry.key, expected.key, name)
    t.same(
      entry.chain.map((pem) => new X509Certificate(pem).raw),
      expected.chain.map((pem) => new X509Certificate(pem).raw),
      name,
    )
    const trusted = await readTrustStore(Buffer.from(file('ca.pem').toString().replaceAll('\n', end)), {
      store: null,
      key: null,
    })
    t.equal(trusted.length, 1, name)
  }
})

t.test('wrong passwords and other bytes are refused in a sentence without secrets', async (t) => {
  const cases: [name: string, store: string | null, key: string | null, problem: RegExp][] = [
    ['ec.p12', 'wrong', null, /password is another one/],
    ['rsa.p12', null, null, /password is another one/],
    ['ec.jks', 'wrong', null, /password is another one/],
    ['rsa.jks', 'secret1', 'wrong', /password is another one/],
    ['ec.jks', null, null, /keys take a password/],
    ['encrypted.pem', null, null, /encrypted: set ssl.key.password/],
    ['encrypted.pem', null, 'wrong', /is ssl.key.password right/],
    ['make.sh', null, null, /neither PEM nor PKCS12 nor JKS/],
  ]
  for (const [name, store, key, problem] of cases) {
    const error = await readKeyStore(file(name), { store, key }).catch((error: Error) => error)
    t.ok(error instanceof KeyStoreError, name)
    t.match((error as Error).message, problem)
    t.notMatch((error as Error).message, /wrong|secret1/)
  }
})

t.test('damaged stores are refused, whatever is damaged', async () => {
  const names = ['ec.p12', 'rsa.jks', 'ec.jks', 'encrypted.pem', 'trust.jks']
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, at, flip) => {
      const bytes = file(name)
      bytes[at % bytes.length] ^= flip
      try {
        await readKeyStore(bytes, {
          store: 'secret1',
          key: name === 'rsa.jks' || name.endsWith('pem') ? 'keypass2' : null,
        })
        return true
      } catch (error) {
        return error instanceof KeyStoreError
      }
    }),
    { numRuns: repetitions(300) },
  )
})

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, content.length]), content])
}

/** A certificate as far as its subject, which has these parts. */
const withSubject = (...names: readonly Buffer[]): Buffer => {
  const before = [0x02, 0x30, 0x30, 0x30].map((tag) => der(tag))
  return der(0x30, der(0x30, ...before, der(0x30, ...names)))
}

const commonName = (tag: number, ...bytes: readonly number[]): Buffer =>
  der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(tag, Buffer.from(bytes))))

/** The second ones are what X500Principal.getName() of JDK 17 made of such certificates. */
t.test('texts of every type as Java reads them', (t) => {
  const letters = [0x61, 0xc3, 0xbc]
  for (const tag of [12, 19, 20, 22, 27]) t.equal(subjectName(withSubject(commonName(tag, ...letters))), 'CN=aü')
  t.equal(subjectName(withSubject(commonName(20, 0x4d, 0xfc, 0x6e))), 'CN=M\ufffdn')
  t.equal(subjectName(withSubject(commonName(30, 0, 0x61, 0, 0x62))), 'CN=\\00a\\00b', 'a BMPString is nobody else')
  t.equal(subjectName(withSubject(commonName(28, 0, 0, 0, 0x61))), 'CN=#1c0400000061')
  t.equal(subjectName(withSubject(commonName(12))), 'CN=')
  t.equal(subjectName(withSubject(commonName(12, 32, 0x61, 0, 32))), 'CN=\\ a\\00\\ ')
  t.equal(subjectName(withSubject(der(0x31))), '')
  t.equal(subjectName(withSubject()), '')
  t.end()
})

t.test('a name as Java writes it', (t) => {
  const expected = file('names.txt').toString('utf8').trim()
  t.equal(subjectName(new X509Certificate(file('names.pem')).raw), expected)
  t.equal(subjectName(new X509Certificate(file('nameless.pem')).raw), '', 'Java reads an empty subject')
  t.throws(() => subjectName(Buffer.from([0x30, 3, 2, 1])), RangeError)
  t.end()
})
