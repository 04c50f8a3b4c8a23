/**
 * The package's JavaScript, for `make build` and for tests that start the command as users have it.
 *
 *   samsa.cjs            everything: a start opens one file in place of a hundred, and each module runs when it is imported
 *   load.cjs             runs it from V8's code cache (src/env/node/package/load-bundle.ts)
 *   main.cjs, index.js   the command, and what a program imports
 *   compute-worker.js    what env/node starts as a worker thread
 *   page.cjs             the files of the web page, which its first request loads
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { type BuiltPage, buildPage } from '../../ui/build.ts'

const root = join(import.meta.dirname, '../..')
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const EMBEDDED = 'src/index.ts'
/** Each runs when it is called, and not before. */
const PARTS = `
exports.command = () => require('./src/cli/main.ts')
exports.embedded = () => require('./${EMBEDDED}')
`
/** Modules ask for their own address, which CommonJS does not give under that name. */
const ADDRESS = "const bundleUrl=require('node:url').pathToFileURL(__filename).href;"
const ASCII = /^[\0-\x7f]*$/

const MAIN = "require('./load.cjs').command(process.argv.slice(2))\n"
const indexOf = (names: readonly string[]) => `import { createRequire } from 'node:module'
const { ${names.join(', ')} } = createRequire(import.meta.url)('./load.cjs').embedded()
export { ${names.join(', ')} }
`

/**
 * Writes the files into `folder`, which has to lie in the project: the dependencies stay outside and are looked for above
 * it. Resolves to the paths of all that is in them.
 */
export async function bundle(folder: string): Promise<string[]> {
  const page = await buildPage()
  const all = await build({
    ...OPTIONS,
    stdin: { contents: PARTS, resolveDir: root },
    outfile: join(folder, 'samsa.cjs'),
    format: 'cjs',
    banner: { js: ADDRESS },
    define: { 'import.meta.url': 'bundleUrl', 'import.meta.resolve': 'undefined' },
    // Late modules are required: code that V8 caches may not import.
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    plugins: [withoutPage, lateBuiltins],
    metafile: true,
    write: false,
  })
  const [{ text, path }] = all.outputFiles
  if (!ASCII.test(text)) throw new Error('samsa.cjs has letters that are not ASCII: it would be read wrongly.')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, text)
  writeFileSync(join(folder, 'page.cjs'), moduleOf(page))
  writeFileSync(join(folder, 'main.cjs'), MAIN)
  writeFileSync(join(folder, 'index.js'), indexOf(await exportsOf(EMBEDDED)))
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: ['src/env/node/package/load-bundle.ts'],
      outfile: join(folder, 'load.cjs'),
      format: 'cjs',
      external: ['./samsa.cjs'],
      define: { BUNDLE_DIGEST: JSON.stringify(digest) },
    }),
    build({
      ...OPTIONS,
      entryPoints: ['src/env/node/compute-worker.ts'],
      outfile: join(folder, 'compute-worker.js'),
      format: 'esm',
      banner: { js: REQUIRE },
    }),
  ])
  return [...page.inputs, ...Object.keys(all.metafile.inputs)]
}

/** The built page stands in the place of what builds it. */
const withoutPage: Plugin = {
  name: 'page',
  setup({ onResolve }) {
    onResolve({ filter: /\/ui\/build\.ts$/ }, () => ({ path: './page.cjs', external: true }))
  },
}

function moduleOf({ files }: BuiltPage): string {
  const texts = files.map(({ name, type, gzip }) => {
    const words = [name, type, Buffer.from(gzip).toString('base64')].map((word) => JSON.stringify(word))
    return `{name:${words[0]},type:${words[1]},gzip:Buffer.from(${words[2]},'base64')}`
  })
  return `exports.pageFiles=()=>[${texts.join(',\n')}]\n`
}

/** CommonJS packages ask for Node's own modules by `require`, which an ES module has to be given. */
const REQUIRE =
  "import{createRequire as createRequireOfBundle}from'node:module';const require=createRequireOfBundle(import.meta.url);"

/** Modules of Node that its own start does not load: each costs a start one to ten milliseconds, and few need it. */
const LATE =
  /^(?:node:)?(?:child_process|crypto|dns|dns\/promises|http|https|inspector|os|perf_hooks|readline|tls|v8|worker_threads|zlib)$/

/** Loads such a module when something of it is first used, in place of when the module that imports it is. */
const lateBuiltins: Plugin = {
  name: 'late builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: LATE }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path: path.replace('node:', ''), namespace: 'late' },
    )
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const names = Object.keys(createRequire(import.meta.url)(`node:${path}`))
      const contents = `for (const name of ${JSON.stringify(names)})
        Object.defineProperty(exports, name, { enumerable: true, get: () => require('node:${path}')[name] })`
      return { contents, loader: 'js' }
    })
  },
}

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  logLevel: 'warning',
} satisfies BuildOptions

/** The names of the values that a module exports. */
async function exportsOf(path: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    format: 'esm',
    metafile: true,
    write: false,
    outdir: root,
  })
  return Object.values(metafile.outputs).flatMap((each) => each.exports)
}
