/**
 * Compiles the package into dist/: bundles, because a start that opens hundreds of small modules is late by 50–100 ms,
 * and type declarations for those who embed samsa.
 *
 *   dist/bin/samsa.js        the command
 *   dist/index.js            startBroker()
 *   dist/compute-worker.js   what env/node starts as a worker thread
 *
 * Packages with native code stay outside, where npm puts the binary of the platform.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

rmSync(dist, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    'compute-worker': 'src/env/node/compute-worker.ts',
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  external: Object.keys(dependencies),
  logLevel: 'warning',
})

mkdirSync(join(dist, 'bin'))
const command = join(dist, 'bin/samsa.js')
writeFileSync(command, "#!/usr/bin/env node\nimport '../main.js'\n")
chmodSync(command, 0o755)

const declarations = ['--emitDeclarationOnly', '--declaration', '--noEmit', 'false', '--rewriteRelativeImportExtensions']
execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', ...declarations, '--outDir', join(dist, 'types')], {
  cwd: root,
  stdio: 'inherit',
})
