import { createRequire } from 'node:module'
import type * as Zlib from 'node:zlib'

const require = createRequire(import.meta.url)

/** A package that is loaded when it is first needed, since each costs milliseconds of a broker's start. */
export function loadModule<T>(name: string): T {
  return require(name) as T
}

/** node:zlib, which a broker of uncompressed topics never needs. */
export function zlib(): typeof Zlib {
  return loadModule('node:zlib')
}

/** SAMSA_NO_NATIVE=1 does without native modules on every platform, as one does for which none are published. */
export const withoutNatives = process.env.SAMSA_NO_NATIVE === '1'

const natives = new Map<string, unknown>()

/** A prebuilt native module, or null where the platform has none: the caller then uses its JavaScript implementation. */
export function loadNative<T>(name: string): T | null {
  const known = natives.get(name)
  if (known !== undefined) return known as T | null
  const loaded = withoutNatives ? null : tryLoad<T>(name)
  natives.set(name, loaded)
  return loaded
}

function tryLoad<T>(name: string): T | null {
  try {
    return loadModule<T>(name)
  } catch {
    return null
  }
}
