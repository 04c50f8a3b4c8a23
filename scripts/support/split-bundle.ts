/**
 * The package's source as texts of CommonJS, each of which is read when something of it is first asked for: a process keeps
 * the text of its code as long as it lives, and pays for each function in it.
 *
 * Each module is in one text: the first that reaches it from its own modules without a dynamic import, or else the last. A
 * module that another text asks for stands in `exports.modules` of its own, under its name, and runs when it is first taken
 * from there. Each text but the last is built twice: from the first time it is known which modules are in it, and what the others
 * take from it.
 */
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

export interface TextPlan {
  /** As texts require each other. */
  readonly file: string
  /** Names of exports, and the modules that they run and give. */
  readonly exports: Readonly<Record<string, string>>
  /** Modules that belong to it, though they are imported dynamically alone. */
  readonly modules: readonly string[]
}

export interface Split {
  readonly root: string
  readonly options: BuildOptions
  /** In the order in which they choose their modules. */
  readonly texts: readonly TextPlan[]
}

export interface SplitTexts {
  /** By file. */
  readonly texts: ReadonlyMap<string, string>
  /** The paths of all files that are in them. */
  readonly inputs: readonly string[]
}

export async function splitBundle({ root, options, texts }: Split): Promise<SplitTexts> {
  const places = new Places(root, texts)
  const built = new Map<string, BuiltText>()
  for (const plan of texts) {
    const first = await textOf(root, options, plan, places)
    places.claim(plan.file, first)
    built.set(plan.file, first)
  }
  for (const plan of texts.slice(0, -1)) built.set(plan.file, await textOf(root, options, plan, places))
  const inputs = [...built.values()].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  return {
    texts: new Map([...built].map(([file, { text }]) => [file, text])),
    inputs: inputs.filter((path) => !path.startsWith(`${ELSEWHERE}:`)),
  }
}

interface BuiltText {
  readonly text: string
  readonly metafile: Metafile
}

const ELSEWHERE = 'elsewhere'
const RESOLVED = 'resolved'

/** Where each module is, as far as that is known, and what the texts take from each other. */
class Places {
  readonly #root: string
  readonly #last: string
  /** Files by the modules' paths below the root. */
  readonly #files = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(root: string, texts: readonly TextPlan[]) {
    this.#root = root
    this.#last = texts[texts.length - 1]!.file
    for (const { file, modules } of texts) for (const name of modules) this.#files.set(name, file)
  }

  claim(file: string, { metafile }: BuiltText): void {
    for (const path of Object.keys(metafile.inputs)) if (!this.#files.has(path)) this.#files.set(path, file)
  }

  /** Modules of the text that others take. */
  takenFrom(file: string): string[] {
    return [...this.#taken].filter((name) => (this.#files.get(name) ?? this.#last) === file).sort()
  }

  /** Modules of other texts are taken from there; so is, by the last, whatever no text has chosen and is imported dynamically. */
  pluginFor(file: string): Plugin {
    return {
      name: 'other texts',
      setup: ({ resolve, onResolve, onLoad }) => {
        onResolve({ filter: /.*/ }, async (args) => {
          // Texts lie beside each other when they run.
          if (args.namespace === ELSEWHERE) return { path: args.path, external: true }
          if (args.kind === 'entry-point' || args.pluginData === RESOLVED || isBuiltin(args.path)) return null
          const { path, kind, importer, resolveDir, namespace } = args
          const found = await resolve(path, { kind, importer, resolveDir, namespace, pluginData: RESOLVED })
          if (found.external || found.namespace !== 'file') return found
          const name = relative(this.#root, found.path)
          const place = this.#files.get(name) ?? (kind === 'dynamic-import' ? this.#last : file)
          if (place === file) return found
          this.#taken.add(name)
          return { path: name, namespace: ELSEWHERE, pluginData: place }
        })
        onLoad({ filter: /.*/, namespace: ELSEWHERE }, ({ path, pluginData }) => ({
          contents: `module.exports = require(${JSON.stringify(pluginData)}).modules[${JSON.stringify(path)}]()`,
          loader: 'js' as const,
        }))
      },
    }
  }
}

async function textOf(root: string, options: BuildOptions, plan: TextPlan, places: Places): Promise<BuiltText> {
  const modules = [...new Set([...plan.modules, ...places.takenFrom(plan.file)])]
  const built = await build({
    ...options,
    stdin: { contents: entryOf(plan.exports, modules), resolveDir: root },
    outfile: join(root, 'text.cjs'),
    format: 'cjs',
    plugins: [...(options.plugins ?? []), places.pluginFor(plan.file)],
    metafile: true,
    write: false,
  })
  return { text: built.outputFiles[0]!.text, metafile: built.metafile }
}

function entryOf(names: Readonly<Record<string, string>>, modules: readonly string[]): string {
  const own = Object.entries(names).map(
    ([name, path]) => `exports.${name} = () => require(${JSON.stringify(`./${path}`)})`,
  )
  const shared = modules.map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(`./${path}`)})`)
  return [...own, `exports.modules = { ${shared.join(', ')} }`].join('\n')
}
