import { ConfigError } from '../../config/values.ts'

/** Suites of TLS 1.3 have the same names everywhere. */
const TLS_1_3 = /^TLS_(AES|CHACHA20)_[0-9A-Z_]+_SHA(256|384)$/
const JAVA_NAME =
  /^TLS_(?:(ECDHE_ECDSA|ECDHE_RSA|DHE_RSA|RSA)_)?WITH_(AES_128|AES_256|CHACHA20)_(GCM|CBC|POLY1305)_(SHA\d*)$/

/** `ssl.cipher.suites`, in the standard's names, as OpenSSL's list; null: its own choice. Throws `ConfigError`. */
export function cipherList(suites: readonly string[]): string | null {
  return suites.length === 0 ? null : suites.map(opensslName).join(':')
}

/** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 → ECDHE-RSA-AES128-GCM-SHA256. */
function opensslName(suite: string): string {
  if (TLS_1_3.test(suite)) return suite
  const match = JAVA_NAME.exec(suite)
  if (match === null) throw new ConfigError(`ssl.cipher.suites has ${suite}, which is not known here`)
  const [, exchange, cipher = '', mode, hash] = match
  const parts = [
    exchange === 'RSA' ? undefined : exchange?.replace('_', '-'),
    cipher.replace('AES_', 'AES'),
    mode === 'CBC' ? undefined : mode,
    // ChaCha20 has its hash in the name of the standard only.
    mode === 'POLY1305' ? undefined : hash,
  ]
  return parts.filter((part) => part !== undefined).join('-')
}
