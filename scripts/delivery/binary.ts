/**
 * `make binary`: out/samsa-linux-x64, one file that needs no Node: Node's own single executable application, with the
 * package in it (`src/env/node/package/single-executable.ts` says how it comes out).
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { MANIFEST, type Manifest } from '../../src/env/node/package/manifest.ts'
import { cacheDirectory, capture, repositoryRoot } from '../toolchain/lookup.ts'
import { nodeFor } from '../toolchain/node.ts'
import { fetched } from './out-of-reach.ts'
import { filesBelow, stage } from './stage.ts'

/** The mark that Node looks for in its own file; its documentation names it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const target = join(repositoryRoot, 'out/samsa-linux-x64')
const work = join(cacheDirectory, 'binary')
const staged = join(work, 'package')

async function main(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('It can be built on Linux for x64 alone.')
  const node = await fetched('Node for x64', () => nodeFor('x64'))
  await stage(staged, 'x64')
  copyFileSync(join(node, 'LICENSE'), join(staged, 'LICENSE.node'))
  const files = filesBelow(staged)
  const manifest: Manifest = { digest: digestOf(files), files }
  writeFileSync(join(work, MANIFEST), JSON.stringify(manifest))
  await build({
    absWorkingDir: repositoryRoot,
    entryPoints: ['src/env/node/package/single-executable.ts'],
    outfile: join(work, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
  })
  const settings = {
    main: join(work, 'main.cjs'),
    output: join(work, 'samsa.blob'),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    assets: Object.fromEntries([[MANIFEST, join(work, MANIFEST)], ...files.map((name) => [name, join(staged, name)])]),
  }
  writeFileSync(join(work, 'settings.json'), JSON.stringify(settings))
  const program = join(node, 'bin/node')
  await capture(program, ['--experimental-sea-config', join(work, 'settings.json')])
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(program, join(work, 'samsa'))
  const inject = join(repositoryRoot, 'node_modules/postject/dist/cli.js')
  const blob = ['NODE_SEA_BLOB', settings.output, '--sentinel-fuse', FUSE]
  await capture(process.execPath, [inject, join(work, 'samsa'), ...blob])
  copyFileSync(join(work, 'samsa'), target)
  rmSync(work, { recursive: true })
  const megabytes = Math.round(statSync(target).size / 1e6)
  console.log(`${target} (${megabytes} MB, ${files.length} files inside)`)
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const name of files) hash.update(`${name}\n`).update(readFileSync(join(staged, name)))
  return hash.digest('hex').slice(0, 16)
}

await main()
