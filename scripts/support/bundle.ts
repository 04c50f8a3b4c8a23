/**
 * The package's JavaScript, for `make build` and for tests that start the command as users have it.
 *
 *   samsa.cjs            what a start of a broker runs: one file in place of hundreds, whose modules run when they are imported
 *   web.cjs              the page and the metrics, read with the first request of HTTP (`split-bundle.ts`)
 *   parts.cjs            parts of a broker that not all need
 *   rest.cjs             all else, read when something of it is first used
 *   load.cjs             runs them from V8's code cache (src/env/node/package/load-bundle.ts)
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
import { splitBundle, type TextPlan } from './split-bundle.ts'

const root = join(import.meta.dirname, '../..')
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const EMBEDDED = 'src/index.ts'

const TEXTS: readonly TextPlan[] = [
  {
    file: './samsa.cjs',
    exports: { command: 'src/cli/main.ts' },
    // A start with the default options, or with --ephemeral, imports them dynamically.
    modules: ['src/cli/run.ts', 'src/web/web.ts', 'src/env/memory/index.ts'],
  },
  {
    file: './web.cjs',
    exports: {},
    // A broker that is only looked at imports them.
    modules: [
      'src/env/node/http-server.ts',
      'src/web/front.ts',
      'src/web/own-apps.ts',
      'src/web/page/page-files.ts',
      'src/web/page/page.ts',
      'src/broker/metrics/metrics-page.ts',
    ],
  },
  {
    file: './parts.cjs',
    exports: {},
    // Queues, strangers and clusters take a broker to them.
    modules: [
      'src/api/wiring/cluster-handlers.ts',
      'src/broker/shares/dead-letters.ts',
      'src/broker/shares/latest-offsets.ts',
      'src/broker/start-controller.ts',
      'src/controller/remote/cluster-id.ts',
      'src/controller/remote/remote-controller.ts',
      'src/controller/serving/cluster-controller.ts',
      'src/coordinator/cluster-persister.ts',
      'src/coordinator/share-coordinator.ts',
      'src/coordinator/share-persister.ts',
      'src/dispatch/client-permissions.ts',
      'src/env/node/tls-connection.ts',
      'src/security/acl/standard-authorizer.ts',
      'src/security/client-security.ts',
      'src/security/credentials.ts',
      'src/security/direct-login.ts',
      'src/security/listener-security.ts',
      'src/security/sasl/scram-argument.ts',
      'src/security/tls/tls-listener.ts',
      'src/share/dead-letters/dead-letter-queue.ts',
      'src/share/dead-letters/original-records.ts',
      'src/share/share-config.ts',
      'src/share/share-partitions.ts',
      'src/telemetry/client-telemetry.ts',
    ],
  },
  { file: './rest.cjs', exports: { embedded: EMBEDDED }, modules: [] },
]
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
  const { texts, inputs } = await splitBundle({
    root,
    texts: TEXTS,
    options: {
      ...OPTIONS,
      define: { 'import.meta.url': 'bundleUrl', 'import.meta.resolve': 'undefined' },
      // Late modules are required: code that V8 caches may not import.
      supported: { 'dynamic-import': false },
      legalComments: 'none',
      plugins: [withoutPage, lateBuiltins],
    },
  })
  const digest = digestOf([...texts.values()])
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of texts) writeText(join(folder, file), digest, text)
  writeFileSync(join(folder, 'page.cjs'), moduleOf(page))
  writeFileSync(join(folder, 'main.cjs'), MAIN)
  writeFileSync(join(folder, 'index.js'), indexOf(await exportsOf(EMBEDDED)))
  await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: ['src/env/node/package/load-bundle.ts'],
      outfile: join(folder, 'load.cjs'),
      format: 'cjs',
      define: { BUNDLE_DIGEST: JSON.stringify(digest), BUNDLE_TEXTS: JSON.stringify([...texts.keys()]) },
    }),
    build({
      ...OPTIONS,
      entryPoints: ['src/env/node/compute-worker.ts'],
      outfile: join(folder, 'compute-worker.js'),
      format: 'esm',
      banner: { js: REQUIRE },
    }),
  ])
  return [...page.inputs, ...inputs]
}

function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text)
  return hash.digest('hex').slice(0, 16)
}

/** Begins with the digest of all: a process that reads a text late finds out whether it is still the same. */
function writeText(path: string, digest: string, text: string): void {
  if (!ASCII.test(text)) throw new Error(`${path} has letters that are not ASCII: it would be read wrongly.`)
  writeFileSync(path, `/*${digest}*/${ADDRESS}${text}`)
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
