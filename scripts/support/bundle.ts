/** The bundles of the package, for `make build` and for tests that start the command as users have it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** CommonJS packages ask for Node's own modules by `require`, which an ES module has to be given. */
const REQUIRE =
  "import{createRequire as createRequireOfBundle}from'node:module';const require=createRequireOfBundle(import.meta.url);"

const root = join(import.meta.dirname, '../..')
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Two bundles: whoever embeds samsa loads half as many files when these are not cut to be shared with the command. */
const BUNDLES: readonly Readonly<Record<string, string>>[] = [
  { main: 'src/cli/main.ts', 'compute-worker': 'src/env/node/compute-worker.ts' },
  { index: 'src/index.ts' },
]

/**
 * Writes main.js, index.js and compute-worker.js, and what they load, into `folder`, which has to lie in the project:
 * the dependencies stay outside and are looked for above it. Resolves to the paths of all that is in them.
 */
export async function bundle(folder: string): Promise<string[]> {
  const made = await Promise.all(BUNDLES.map((entryPoints) => bundleOf(entryPoints, folder)))
  return made.flatMap(({ metafile }) => Object.keys(metafile.inputs))
}

function bundleOf(entryPoints: Readonly<Record<string, string>>, folder: string) {
  return build({
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    external: Object.keys({ ...dependencies, ...optionalDependencies }),
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'warning',
  })
}
