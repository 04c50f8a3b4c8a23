/**
 * Builds the page: one script, one style sheet, one worker, and the document that names them by the hashes of their content.
 * `scripts/support/bundle.ts` does it for the package; in a checkout it is done when the page is first asked for.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { PageFile } from '../src/web/page/page-file.ts'

const folder = import.meta.dirname
const ENTRIES = { app: 'main.tsx', style: 'style/page.css', predicate: 'records/predicate-worker.ts' }
type Entry = keyof typeof ENTRIES
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
}

export interface BuiltPage {
  readonly files: readonly PageFile[]
  /** The paths of all that is in them, from the root of the project. */
  readonly inputs: readonly string[]
}

export const pageFiles = async (): Promise<readonly PageFile[]> => (await buildPage()).files

export async function buildPage(): Promise<BuiltPage> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
    entryPoints: ENTRIES,
    entryNames: '[name]-[hash]',
    outdir: 'page',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {},
    legalComments: 'none',
    logLevel: 'warning',
  })
  const built = outputFiles.map(({ path, contents }) => fileOf(path.slice(path.lastIndexOf('/') + 1), contents))
  const icon = fileOf('icon.svg', readFileSync(join(folder, 'icon.svg')))
  const document = fileOf('index.html', Buffer.from(documentOf(built.map(({ name }) => name))))
  const inputs = Object.keys(metafile.inputs).map((path) => (path.startsWith('../') ? path.slice(3) : `ui/${path}`))
  return { files: [document, icon, ...built], inputs }
}

function fileOf(name: string, contents: Uint8Array): PageFile {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  return { name, type, gzip: gzipSync(contents, { level: 9 }) }
}

/** The document, with the names of the files where it has `{app}`, `{style}` and `{predicate}`. */
function documentOf(names: readonly string[]): string {
  const template = readFileSync(join(folder, 'index.html'), 'utf8')
  return template.replaceAll(/\{(app|style|predicate)\}/g, (_, entry: Entry) => {
    const name = names.find((each) => each.startsWith(`${entry}-`))
    if (name === undefined) throw new Error(`nothing was built of ${ENTRIES[entry]}`)
    return name
  })
}
