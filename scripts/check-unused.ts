/**
 * Files that nobody imports: source that no test, command or other source reaches is dead, and goes. Files that are run
 * rather than imported are named by a `Makefile`, a script or another text of the project, or end in `.test.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { finish, readSources } from './support/sources.ts'

const FOLDERS = ['src', 'protocol', 'proof', 'scripts', 'test', 'compat-tests']
/** Texts that name the files which they run. */
const TEXTS = ['Makefile', 'package.json', '.taprc', 'tsconfig.build.json']

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g

const sources = readSources(FOLDERS)
const imported = new Set<string>()
for (const { path, text } of sources) {
  for (const [, name = ''] of text.matchAll(IMPORT)) imported.add(posix.join(posix.dirname(path), name))
}

/** Everything else that may name a file: by its path, or by its last name where it is started from beside it. */
const texts = [
  ...TEXTS.map((name) => readFileSync(name, 'utf8')),
  ...sources.map(({ text }) => text.replace(IMPORT, '')),
  ...markdown(['.', 'compat-tests', 'test']),
]
const named = texts.join('\n')

function markdown(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => readFileSync(posix.join(folder, name), 'utf8')),
  )
}

function isRun(path: string): boolean {
  if (path.endsWith('.test.ts') || path.endsWith('.d.ts')) return true
  const quoted = [`'${posix.basename(path)}'`, `/${posix.basename(path)}'`, `/${posix.basename(path)}\``]
  return named.includes(path) || quoted.some((text) => named.includes(text))
}

const findings = sources
  .filter(({ path }) => !imported.has(path) && !isRun(path))
  .map(({ path }) => `${path} is imported by no file: remove it, or what should have used it is missing.`)
finish(findings, 'unused files')
