/**
 * All unit tests as JavaScript, what they share in chunks: a test that is started so needs no compiler, which takes a
 * third of a second of it and two for the source of a broker.
 */
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Writes each test to `folder` under its own name, with .js for .ts. The packages stay outside and are looked for above. */
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
    packages: 'external',
    sourcemap: 'linked',
    plugins: [ownPlaces],
    logLevel: 'warning',
  })
}

/** A string, which is left alone, or a file's question where it lies. */
const STRING_OR_PLACE = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|import\.meta\.(?:url|dirname)/g

/** Files are told the place of their source: vectors lie beside it, and workers are started from there. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta')) return null
      const places: Readonly<Record<string, string>> = {
        'import.meta.url': JSON.stringify(pathToFileURL(path).href),
        'import.meta.dirname': JSON.stringify(dirname(path)),
      }
      return { loader: 'ts', contents: text.replace(STRING_OR_PLACE, (match) => places[match] ?? match) }
    })
  },
}
