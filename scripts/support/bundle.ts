/** The bundles of the package, for `make build` and for tests that start the command as users have it. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** CommonJS packages ask for Node's own modules by `require`, which an ES module has to be given. */
const REQUIRE =
  "import{createRequire as createRequireOfBundle}from'node:module';const require=createRequireOfBundle(import.meta.url);"

const root = join(import.meta.dirname, '../..')
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Bundles of their own: a start loads half as many files when what it needs is not cut to be shared with others. They are the
 * broker on the command line, the broker that a program embeds, and the actions of all other commands.
 */
const COMMAND = { main: 'src/cli/main.ts', 'compute-worker': 'src/env/node/compute-worker.ts' }
const EMBEDDED = { index: 'src/index.ts' }
const ACTIONS = 'actions'
/** The definitions of commands name their actions; the broker is what the command does without a name. */
const DEFINITIONS = /\/src\/cli\/(?:commands|definition)\/[^/]+\.ts$/
const BROKER = 'src/cli/run.ts'

/**
 * Writes main.js, index.js and compute-worker.js, and what they load, into `folder`, which has to lie in the project:
 * the dependencies stay outside and are looked for above it. Resolves to the paths of all that is in them.
 */
export async function bundle(folder: string): Promise<string[]> {
  const actions = new Map<string, string>()
  const [command, embedded] = await Promise.all([
    bundleOf(COMMAND, folder, [apartFrom(actions)]),
    bundleOf(EMBEDDED, folder),
  ])
  const named = Object.fromEntries([...actions].map(([file, name]) => [name, file]))
  const made = [command, embedded, await bundleOf(named, folder)]
  return made.flatMap(({ metafile }) => Object.keys(metafile.inputs))
}

/** Leaves the actions of commands out, and tells of each file where it is looked for. */
const apartFrom = (actions: Map<string, string>): Plugin => ({
  name: 'actions',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, importer, path, resolveDir }) => {
      if (kind !== 'dynamic-import' || !DEFINITIONS.test(importer)) return null
      const file = relative(root, join(resolveDir, path))
      if (file === BROKER) return null
      const name = `${ACTIONS}/${file
        .replace(/^src\/cli\//, '')
        .replace(/\.ts$/, '')
        .replaceAll('/', '-')}`
      actions.set(file, name)
      return { path: `./${name}.js`, external: true }
    })
  },
})

function bundleOf(entryPoints: Readonly<Record<string, string>>, folder: string, plugins: Plugin[] = []) {
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
    plugins,
    logLevel: 'warning',
  })
}
