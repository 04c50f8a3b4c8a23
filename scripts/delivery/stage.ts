/** The package with what it needs to run, as npm would install it on a Linux of glibc, without what only readers need. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { capture, repositoryRoot } from '../toolchain/lookup.ts'
import { fetched } from './out-of-reach.ts'

/** Node's names of processors. */
export type Cpu = 'x64' | 'arm64'

/** Declarations, sources, maps and documentation: nothing of it is ever loaded. */
const FOR_READERS =
  /\.(?:[cm]?ts|map|md|markdown|yml|flow|html|ne)$|^(?:\.package-lock\.json|docs?|examples?|tests?|benchmarks?)$/
/** Programs of libraries, headers, and second copies for browsers and for ES modules, of which nothing here imports one. */
const UNUSED = [
  'node_modules/.bin',
  'node_modules/nan',
  'node_modules/node-forge/flash',
  'node_modules/node-forge/dist',
]
const HONO = 'node_modules/hono/dist'

/** Writes the built package, dist/ and node_modules/, to `folder`. */
export async function stage(folder: string, cpu: Cpu): Promise<void> {
  if (!existsSync(join(repositoryRoot, 'dist/bin/samsa.js')))
    throw new Error('There is no dist: run `make build` first.')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(repositoryRoot, name), join(folder, name))
  const platform = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc']
  const words = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...platform]
  await fetched('The packages of npm', () => capture('npm', words, { cwd: folder }))
  rmSync(join(folder, 'package-lock.json'))
  for (const name of UNUSED) rmSync(join(folder, name), { recursive: true, force: true })
  for (const name of readdirSync(join(folder, HONO))) {
    if (name !== 'cjs') rmSync(join(folder, HONO, name), { recursive: true })
  }
  removeReaders(join(folder, 'node_modules'))
  removeOtherBinaries(join(folder, 'node_modules/fs-ext-extra-prebuilt/binaries'), cpu)
  const isRun = (path: string) => !/\/dist\/(?:types|\.code-cache)$/.test(path)
  cpSync(join(repositoryRoot, 'dist'), join(folder, 'dist'), { recursive: true, filter: isRun })
  cpSync(join(repositoryRoot, 'LICENSE'), join(folder, 'LICENSE'))
}

function removeReaders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (FOR_READERS.test(entry.name)) rmSync(path, { recursive: true })
    else if (entry.isDirectory()) removeReaders(path)
  }
}

/** The locks' package has a binary for every system and Node; what is delivered runs on this one. */
function removeOtherBinaries(folder: string, cpu: Cpu): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`fs-ext-linux-${cpu}-node-24.`)) rmSync(join(folder, name))
  }
}

/** The paths of all files below, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
