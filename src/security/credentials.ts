/** Credentials that live in the metadata: SCRAM users and delegation tokens. */
import type { Random } from '../env/random.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { isExpired, tokenHmac } from './delegation-tokens.ts'
import { parsePrincipal } from './principal.ts'
import type { ScramToken } from './sasl/scram.ts'
import { credentialOf, type ScramCredential, type ScramMechanism, saltedPassword } from './sasl/scram-keys.ts'

export interface Credentials {
  /** null: no such user, or none for this mechanism. */
  scram(mechanism: ScramMechanism, user: string): ScramCredential | null
  /** null: no such token. */
  token(mechanism: ScramMechanism, tokenId: string): ScramToken | null
}

/** Kafka's iterations for the credentials that it makes of a token. */
const TOKEN_ITERATIONS = 4096

export interface CredentialServices {
  readonly image: () => MetadataImage | null
  /** `delegation.token.secret.key`; null: tokens are off. */
  readonly secretKey: () => string | null
  readonly random: Random
  readonly nowMs: () => number
}

export function metadataCredentials({ image, secretKey, random, nowMs }: CredentialServices): Credentials {
  return {
    scram(mechanism, user) {
      return image()?.scram.get(`${mechanism.id}:${user}`) ?? null
    },
    token(mechanism, tokenId) {
      const secret = secretKey()
      const record = image()?.delegationTokens.get(tokenId)
      if (secret === null || record === undefined || isExpired(record, nowMs())) return null
      const owner = parsePrincipal(record.owner)
      if (owner === null) return null
      // The password of a token is its HMAC, as its owner was told it: in Base64.
      const password = tokenHmac(secret, tokenId).toString('base64')
      const salt = random.bytes(16)
      const salted = saltedPassword(mechanism, password, salt, TOKEN_ITERATIONS)
      const credential = credentialOf(mechanism, salted, salt, TOKEN_ITERATIONS)
      return { credential, owner, expiresAtMs: Number(record.expirationTimestamp) }
    },
  }
}
