/**
 * Compiles the package into dist/: JavaScript (`support/bundle.ts` says in which files), and type declarations for those who
 * embed samsa. The command is dist/bin/samsa.js; programs import dist/index.js.
 *
 * The package's `dependencies` stay outside: they hold native code, of which npm installs the binary of the platform, or
 * are loaded only where Node lacks something. All else is bundled, and brings its license along.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { bundle } from './support/bundle.ts'

/** CommonJS, which Node starts sooner. */
const COMMAND = `#!/usr/bin/env node
require('../load.cjs').command(process.argv.slice(2))
`

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const inputs = await bundle(dist)

mkdirSync(join(dist, 'bin'))
const command = join(dist, 'bin/samsa.js')
writeFileSync(command, COMMAND)
chmodSync(command, 0o755)
writeFileSync(join(dist, 'bin/package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(dist, 'LICENSES.txt'), licensesOf(inputs))

execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})

pruneDeclarations(join(dist, 'types'), 'src/index.d.ts')

/** Keeps of the declarations what the entry leads to: a tenth of what the compiler writes. */
function pruneDeclarations(folder: string, entry: string): void {
  const reached = new Set<string>()
  const visit = (path: string) => {
    if (reached.has(path)) return
    reached.add(path)
    // A comment may show an import.
    const text = readFileSync(join(folder, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
    for (const [, from] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)) {
      visit(posix.join(posix.dirname(path), `${from}.d.ts`))
    }
  }
  visit(entry)
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.d.ts') && !reached.has(path.replaceAll('\\', '/'))) rmSync(join(folder, path))
  }
}

/** The license of every package of which something is in the bundles. */
function licensesOf(inputs: readonly string[]): string {
  const folders = inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  return [...new Set(folders.filter((folder) => folder !== undefined))]
    .sort()
    .map((folder) => `${folder.slice(folder.lastIndexOf('node_modules/') + 13)}\n\n${licenseIn(join(root, folder))}\n`)
    .join(`${'-'.repeat(80)}\n`)
}

function licenseIn(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  if (file !== undefined && existsSync(join(folder, file))) return readFileSync(join(folder, file), 'utf8').trim()
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `License: ${license}`
}
