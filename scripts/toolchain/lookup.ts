import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** A tool that tests or measurements need, or one sentence that says why this machine has none and how to get it. */
export type Lookup<T> = { ok: true; tool: T } | { ok: false; reason: string }

export interface Tool {
  version: string
  /** Program to start, an absolute path. */
  path: string
  /** Variables to add to the environment, such as where unpacked shared libraries live. */
  env: Record<string, string>
}

export const repositoryRoot = resolve(import.meta.dirname, '../..')

/** Downloads and builds live here; git ignores it and removing it only costs the time to fetch again. */
export const cacheDirectory = process.env.SAMSA_CACHE ?? join(repositoryRoot, '.cache')

export const missing = (reason: string): { ok: false; reason: string } => ({ ok: false, reason })

export const present = <T>(tool: T): { ok: true; tool: T } => ({ ok: true, tool })

export const runningAsRoot = process.getuid?.() === 0

const execFileAsync = promisify(execFile)

/** Runs a program to its end; both streams as text. Rejects with the program's own words when it fails. */
export async function capture(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<{ stdout: string; stderr: string }> {
  return execFileAsync(program, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    maxBuffer: 64 * 1024 * 1024,
  })
}

/** The first executable of that name on PATH. */
export function onPath(name: string): string | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(directory, name)
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // Not here; look further.
    }
  }
  return null
}

/** The last line of a failed program's words: what a person needs to see of it. */
export function lastWords(error: unknown): string {
  const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string }
  const lines = (stderr || stdout || message).trim().split('\n')
  return lines[lines.length - 1] ?? message
}

/** Looks once a process: lookups download, and several cases ask for the same tool. */
export function once<T>(look: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= look())
}
