import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installDebianPackages } from './debian.ts'
import type { Lookup, Tool } from './lookup.ts'
import { cacheDirectory, capture, lastWords, missing, once, onPath, present } from './lookup.ts'

/** A Python with packages in it; `packages` says which, each with its version. */
export interface Python extends Tool {
  packages: Readonly<Record<string, string>>
}

/** A Python with Kafka's clients. */
export const python = once(() => pythonWith('requirements.txt'))

/** A Python with kaskade, a terminal's user interface. */
export const kaskade = once(() => pythonWith('kaskade.txt'))

/** A Python with Confluent's client of a schema registry. */
export const registryPython = once(() => pythonWith('registry.txt'))

/** A Python with pytest and confluent-kafka. */
export const pytest = once(() => pythonWith('control.txt'))

/** A virtual environment in the cache that holds exactly the pinned packages, made once for each list of them. */
async function pythonWith(list: string): Promise<Lookup<Python>> {
  const requirementsPath = join(import.meta.dirname, 'python', list)
  const requirements = await readFile(requirementsPath, 'utf8')
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 16)
  const home = join(cacheDirectory, 'python', digest)
  const path = join(home, 'bin/python')
  try {
    await makeEnvironment(home, path, requirementsPath)
    const { stdout } = await capture(path, ['-c', 'import platform; print(platform.python_version())'])
    return present({ version: stdout.trim(), path, env: {}, packages: pinned(requirements) })
  } catch (error) {
    const words = lastWords(error)
    return missing(
      `a Python with the packages of ${list} could not be had (${words}); it takes Python 3.10 with venv and pip`,
    )
  }
}

/** The stamp comes last: without it an environment is a half-made one and is made again. */
async function makeEnvironment(home: string, path: string, requirementsPath: string): Promise<void> {
  const stamp = join(home, 'complete')
  if (existsSync(stamp)) return
  await rm(home, { recursive: true, force: true })
  await mkdir(join(home, '..'), { recursive: true })
  await createVirtualEnvironment(home)
  // Only what is built already: a compiler is nothing that a test run may ask for.
  const install = ['install', '--quiet', '--no-input', '--no-deps', '--only-binary', ':all:', '-r', requirementsPath]
  await capture(path, ['-m', 'pip', ...install])
  await writeFile(stamp, '')
}

/** Debian splits the module that makes environments from Python itself. */
async function createVirtualEnvironment(home: string): Promise<void> {
  const create = ['-m', 'venv', home]
  const isComplete = onPath('python3') && (await capture('python3', ['-c', 'import venv, ensurepip']).catch(() => null))
  if (!isComplete) await installDebianPackages(['python3', 'python3-venv'])
  await capture('python3', create)
}

function pinned(requirements: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(requirements.matchAll(/^([\w.-]+)==(\S+)$/gm), ([, name, version]) => [name, version]),
  )
}
