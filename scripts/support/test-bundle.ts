/**
 * All unit tests as JavaScript, what they share in chunks: a test that is started so needs no compiler, which takes a
 * third of a second of it and two for the source of a broker. tap is in a chunk too: its 343 modules, loaded one by one,
 * take longer than most tests do.
 */
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/**
 * Writes each test to `folder` under its own name, with .js for .ts. Packages but tap stay outside and are looked for above.
 * Source maps lie beside the files, which do not name them: Node would read each with its file (`sourcePositions`).
 */
export async function bundleTests(tests: readonly string[], folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: [...tests],
    outdir: folder,
    outbase: '.',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: REQUIRE },
    sourcemap: 'external',
    plugins: [quickComparison, packagesOutside, ownPlaces],
    logLevel: 'warning',
  })
}

/** tap has CommonJS packages below it, which ask for Node's own modules by `require`. */
const REQUIRE =
  "import{createRequire as createRequireOfTest}from'node:module';const require=createRequireOfTest(import.meta.url);"

/** Imports of our own files are packages, and stay outside, unless they are tap; tap's own are bundled with it. */
const packagesOutside: Plugin = {
  name: 'packages outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) =>
      importer === '' || path === 'tap' || /node_modules|^quick:/.test(importer) ? null : { path, external: true },
    )
  },
}

/**
 * tap's comparison of deep values formats both of them, whether or not they differ, which takes most of the time of tests
 * that compare recorded answers. Node's tells that they are equal at a fraction of that; where it says that they are not,
 * tap has the word.
 */
const quickComparison: Plugin = {
  name: 'quick comparison',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tcompare$/ }, ({ importer, resolveDir }) =>
      importer.includes('@tapjs/asserts') ? { path: 'tcompare', namespace: 'quick', pluginData: resolveDir } : null,
    )
    onLoad({ filter: /.*/, namespace: 'quick' }, ({ pluginData }) => ({
      resolveDir: pluginData,
      contents: `
        import { isDeepStrictEqual } from 'node:util'
        import * as tcompare from 'tcompare'
        export * from 'tcompare'
        const quickly = (compare) => (found, wanted, options) =>
          isDeepStrictEqual(found, wanted) ? { match: true, diff: '' } : compare(found, wanted, options)
        export const same = quickly(tcompare.same)
        export const strict = quickly(tcompare.strict)`,
    }))
  },
}

/** A string, which is left alone, or a file's question where it lies. */
const STRING_OR_PLACE = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|import\.meta\.(?:url|dirname)/g

/** Files are told the place of their source: vectors lie beside it, and workers are started from there. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta')) return null
      const places: Readonly<Record<string, string>> = {
        'import.meta.url': JSON.stringify(pathToFileURL(path).href),
        'import.meta.dirname': JSON.stringify(dirname(path)),
      }
      return {
        loader: path.endsWith('.ts') ? 'ts' : 'js',
        contents: text.replace(STRING_OR_PLACE, (match) => places[match] ?? match),
      }
    })
  },
}
