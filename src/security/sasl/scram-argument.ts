/**
 * SCRAM users of a new data directory, written as `kafka-storage format --add-scram` takes them:
 * `SCRAM-SHA-256=[name=alice,password=secret]`, with `iterations`, `salt` and `saltedpassword` (both Base64) if need be.
 */
import type { UserScramCredentialRecord } from '../../../protocol/messages/user-scram-credential-record.ts'
import { ConfigError } from '../../config/values.ts'
import type { Random } from '../../env/random.ts'
import {
  credentialOf,
  MAX_SCRAM_ITERATIONS,
  MIN_SCRAM_ITERATIONS,
  SCRAM_MECHANISMS,
  type ScramMechanism,
  saltedPassword,
} from './scram-keys.ts'

const SALT_BYTES = 16
const KEYS = new Set(['name', 'password', 'salt', 'saltedpassword', 'iterations'])

/** The users of `samsa.add.scram`, which are separated by commas. Throws `ConfigError`, without showing a secret. */
export function scramUsers(text: string, random: Random): UserScramCredentialRecord[] {
  return text.split(/(?<=\]),(?=\s*[^,=]+=\[)/).map((argument) => scramUser(argument.trim(), random))
}

function scramUser(argument: string, random: Random): UserScramCredentialRecord {
  const match = /^(?<name>[^=]*)=\[(?<parts>.*)\]$/s.exec(argument)
  if (match === null) throw problem('is not MECHANISM=[name=NAME,password=PASSWORD]')
  const { name: mechanismName = '', parts = '' } = match.groups ?? {}
  const mechanism = SCRAM_MECHANISMS.find(({ name }) => name === mechanismName)
  if (mechanism === undefined) throw problem(`has the mechanism ${mechanismName}, which is not supported`)
  const components = new Map(parts.split(',').map(component))
  const { name, salt, iterations } = userOf(components, random)
  const salted = saltedBytes(mechanism, components, salt, iterations)
  return { name, mechanism: mechanism.id, ...credentialOf(mechanism, salted, salt, iterations) }
}

const problem = (what: string): ConfigError => new ConfigError(`A user of --add-scram ${what}`)

function component(text: string): [key: string, value: string] {
  const equals = text.indexOf('=')
  const key = text.slice(0, Math.max(0, equals))
  // A comma in a password makes a part of it look like a key, so that unknown ones are not named.
  if (!KEYS.has(key)) throw problem(`has a part that is none of ${[...KEYS].join(', ')}`)
  const value = text.slice(equals + 1)
  return [key, /^".*"$/s.test(value) ? value.slice(1, -1) : value]
}

function userOf(components: ReadonlyMap<string, string>, random: Random) {
  const name = components.get('name')
  if (!name) throw problem('has no name')
  const iterations = Number(components.get('iterations') ?? MIN_SCRAM_ITERATIONS)
  if (!Number.isInteger(iterations) || iterations < MIN_SCRAM_ITERATIONS || iterations > MAX_SCRAM_ITERATIONS) {
    throw problem(`has iterations outside of ${MIN_SCRAM_ITERATIONS} to ${MAX_SCRAM_ITERATIONS}`)
  }
  const salt = components.get('salt')
  return { name, iterations, salt: salt === undefined ? random.bytes(SALT_BYTES) : Buffer.from(salt, 'base64') }
}

function saltedBytes(
  mechanism: ScramMechanism,
  components: ReadonlyMap<string, string>,
  salt: Buffer,
  iterations: number,
): Buffer {
  const password = components.get('password')
  if (password !== undefined) return saltedPassword(mechanism, password, salt, iterations)
  const salted = components.get('saltedpassword')
  if (salted === undefined) throw problem('has neither password nor saltedpassword')
  if (!components.has('salt')) throw problem('has a saltedpassword without its salt')
  return Buffer.from(salted, 'base64')
}
