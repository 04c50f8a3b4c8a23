/**
 * Profiles: clusters by name, so that nobody types an address and a login twice. `~/.config/samsa/config.toml`
 * (`$XDG_CONFIG_HOME`, or whatever SAMSA_CONFIG names) is read when it is there:
 *
 *     default = "local"
 *
 *     [profiles.local]
 *     bootstrap-servers = "localhost:9092"
 *
 *     [profiles.production]
 *     bootstrap-servers = ["broker-1:9093", "broker-2:9093"]
 *     command-config = "production.properties"     # beside this file
 *     user = "alice"
 *     password = "secret"
 *     mechanism = "SCRAM-SHA-512"
 *     tls-ca = "ca.pem"
 *     [profiles.production.properties]
 *     "client.id" = "alice-laptop"
 */
import { dirname, isAbsolute, join } from 'node:path'
import { nearestName } from '../../config/nearest-name.ts'
import { ConfigError } from '../../config/values.ts'
import type { FileSystem } from '../../env/index.ts'

export interface Profile {
  readonly bootstrapServers?: string
  readonly commandConfig?: string
  readonly user?: string
  readonly password?: string
  readonly mechanism?: string
  readonly tls?: boolean
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly properties: ReadonlyMap<string, string>
}

export interface Profiles {
  readonly path: string
  readonly byName: ReadonlyMap<string, Profile>
  /** The one that is taken when none is named. */
  readonly default: string | null
}

type Variables = Readonly<Record<string, string | undefined>>

const NO_PROFILE: Profile = { properties: new Map() }
/** Keys of a profile, and whether their values are files, whose names are relative to the profile's own. */
const TEXT_KEYS = {
  'command-config': ['commandConfig', true],
  user: ['user', false],
  password: ['password', false],
  mechanism: ['mechanism', false],
  'tls-ca': ['tlsCa', true],
  'tls-cert': ['tlsCert', true],
  'tls-key': ['tlsKey', true],
} as const
const OTHER_KEYS = ['bootstrap-servers', 'tls', 'properties']

export function profilesPath(variables: Variables): string {
  const folder = variables.XDG_CONFIG_HOME ?? join(variables.HOME ?? variables.USERPROFILE ?? '.', '.config')
  return variables.SAMSA_CONFIG ?? join(folder, 'samsa', 'config.toml')
}

/** null: there is no such file. Throws `ConfigError` for what is not understood in it. */
export async function readProfiles(files: FileSystem, variables: Variables): Promise<Profiles | null> {
  const path = profilesPath(variables)
  if ((await files.stat(path)) === null) {
    if (variables.SAMSA_CONFIG !== undefined) throw new ConfigError(`There is no ${path}, which SAMSA_CONFIG names`)
    return null
  }
  const text = (await files.readFile(path)).toString('utf8')
  const { parse } = await import('smol-toml')
  let content: Record<string, unknown>
  try {
    content = parse(text)
  } catch (error) {
    throw new ConfigError(`${path} is no TOML: ${(error as Error).message.split('\n', 1)[0]}`)
  }
  return profilesOf(content, path)
}

/** The profile that is asked for, or the default one; an empty one where there is neither. */
export function chooseProfile(profiles: Profiles | null, name: string | undefined): Profile {
  const wanted = name ?? profiles?.default
  if (wanted === undefined || wanted === null) return NO_PROFILE
  const found = profiles?.byName.get(wanted)
  if (found !== undefined) return found
  if (profiles === null) throw new ConfigError(`There is no profile ${wanted}: no file has any`)
  const nearest = nearestName(wanted, profiles.byName.keys())
  const names = [...profiles.byName.keys()].join(', ')
  const hint = nearest === null ? `there are ${names || 'none'}` : `did you mean ${nearest}?`
  throw new ConfigError(`There is no profile ${wanted} in ${profiles.path}; ${hint}`)
}

function profilesOf(content: Record<string, unknown>, path: string): Profiles {
  const { default: chosen, profiles = {}, ...others } = content
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new ConfigError(`${path}: ${unknown} is neither default nor [profiles.NAME]`)
  if (!isTable(profiles)) throw new ConfigError(`${path}: profiles is no table`)
  if (chosen !== undefined && typeof chosen !== 'string') throw new ConfigError(`${path}: default is no name`)
  const byName = new Map(Object.entries(profiles).map(([name, table]) => [name, profileOf(table, path, name)]))
  return { path, byName, default: chosen ?? null }
}

function profileOf(table: unknown, path: string, name: string): Profile {
  const fail = (words: string): never => {
    throw new ConfigError(`${path}: profile ${name}: ${words}`)
  }
  if (!isTable(table)) return fail('is no table')
  const profile: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(table)) {
    if (OTHER_KEYS.includes(key)) continue
    const known = Object.hasOwn(TEXT_KEYS, key) ? TEXT_KEYS[key as keyof typeof TEXT_KEYS] : null
    if (known === null) {
      const nearest = nearestName(key, [...Object.keys(TEXT_KEYS), ...OTHER_KEYS])
      return fail(`there is no ${key}${nearest === null ? '' : `; did you mean ${nearest}?`}`)
    }
    if (typeof value !== 'string') return fail(`${key} is no text`)
    const [field, isFile] = known
    profile[field] = isFile && !isAbsolute(value) ? join(dirname(path), value) : value
  }
  const { 'bootstrap-servers': servers, tls, properties = {} } = table
  if (tls !== undefined && typeof tls !== 'boolean') return fail('tls is neither true nor false')
  if (!isTable(properties)) return fail('properties is no table')
  return {
    ...profile,
    ...(servers !== undefined && { bootstrapServers: serversOf(servers, fail) }),
    ...(tls !== undefined && { tls }),
    properties: new Map(Object.entries(properties).map(([key, value]) => [key, String(value)])),
  }
}

function serversOf(value: unknown, fail: (words: string) => never): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(',')
  return fail('bootstrap-servers is neither a text nor a list of texts')
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
