/**
 * The package's source as two texts of CommonJS: the core, which every start of a broker runs, and the rest, which is read
 * when something of it is first asked for. A process keeps the text of its code as long as it lives, and pays for each
 * function in it.
 *
 * Each module is in one of the two, in the core if a start reaches it without a dynamic import. A module that the other text
 * asks for stands in `exports.modules` of its own, under its name, and runs when it is first taken from there.
 */
import { isBuiltin } from 'node:module'
import { join, posix, relative } from 'node:path'
import { type BuildOptions, build, type OnResolveArgs, type Plugin } from 'esbuild'

export const CORE = './samsa.cjs'
export const REST = './rest.cjs'

export interface Split {
  readonly root: string
  readonly options: BuildOptions
  /** Names of exports, and the modules that they run and give. */
  readonly core: Readonly<Record<string, string>>
  readonly rest: Readonly<Record<string, string>>
  /** Modules that a start imports dynamically, and the core has for all that. */
  readonly alsoAtStart: readonly string[]
}

export interface SplitTexts {
  readonly core: string
  readonly rest: string
  /** The paths of all files that are in them. */
  readonly inputs: readonly string[]
}

export async function splitBundle(split: Split): Promise<SplitTexts> {
  const late = new Set<string>()
  const first = await coreOf(split, new Set(split.alsoAtStart), late, [])
  const inCore = new Set(Object.keys(first.metafile.inputs))
  const asked = new Set<string>()
  const { root, options, rest } = split
  const restEntry = entryOf(rest, [...late].filter((name) => !inCore.has(name)).sort())
  const second = await textOf(options, root, restEntry, fromCore(root, inCore, asked))
  const core = await coreOf(split, inCore, new Set(), [...asked].sort())
  const inputs = [core, second].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  return { core: core.text, rest: second.text, inputs }
}

function coreOf({ root, options, core, alsoAtStart }: Split, inCore: Set<string>, late: Set<string>, asked: string[]) {
  // A module that only a dynamic import of the core leads to has to be in its text too.
  const entry = entryOf(core, [...new Set([...alsoAtStart, ...asked])])
  return textOf(options, root, entry, lateFromRest(root, inCore, late))
}

async function textOf(options: BuildOptions, root: string, contents: string, plugin: Plugin) {
  const built = await build({
    ...options,
    stdin: { contents, resolveDir: root },
    outfile: join(root, 'text.cjs'),
    format: 'cjs',
    plugins: [twoTexts, ...(options.plugins ?? []), plugin],
    metafile: true,
    write: false,
  })
  return { text: built.outputFiles[0]!.text, metafile: built.metafile }
}

function entryOf(names: Readonly<Record<string, string>>, modules: readonly string[]): string {
  const own = Object.entries(names).map(([name, path]) => `exports.${name} = () => require(${specifierOf(path)})`)
  const shared = modules.map((path) => `${JSON.stringify(path)}: () => require(${specifierOf(path)})`)
  return [...own, `exports.modules = { ${shared.join(', ')} }`].join('\n')
}

/** Modules are named by their paths, packages by their names. */
const specifierOf = (name: string) => JSON.stringify(/\.[a-z]+$/.test(name) ? `./${name}` : name)

/** The name under which a module is found in `exports.modules`. */
const nameOf = (root: string, { path, resolveDir }: OnResolveArgs) =>
  path.startsWith('.') ? relative(root, posix.join(resolveDir, path)) : path

const twoTexts: Plugin = {
  name: 'two texts',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(?:samsa|rest)\.cjs$/ }, ({ path }) => ({ path, external: true }))
  },
}

/** Dynamic imports of modules that are not in the core are found in the rest, and named in `late`. */
function lateFromRest(root: string, inCore: ReadonlySet<string>, late: Set<string>): Plugin {
  return {
    name: 'late from the rest',
    setup({ onResolve, onLoad, initialOptions: { external = [] } }) {
      onResolve({ filter: /.*/ }, (args) => {
        if (args.kind !== 'dynamic-import' || isBuiltin(args.path) || external.includes(args.path)) return null
        const name = nameOf(root, args)
        if (inCore.has(name)) return null
        late.add(name)
        return { path: name, namespace: 'rest' }
      })
      onLoad({ filter: /.*/, namespace: 'rest' }, ({ path }) => taken(REST, path))
    },
  }
}

/** Modules that are in the core are taken from there, and named in `asked`. */
function fromCore(root: string, inCore: ReadonlySet<string>, asked: Set<string>): Plugin {
  const packagesOfCore = new Set(
    [...inCore].flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? []),
  )
  return {
    name: 'from the core',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, (args) => {
        if (args.kind === 'entry-point' || isBuiltin(args.path)) return null
        const name = nameOf(root, args)
        if (!inCore.has(name) && !packagesOfCore.has(name)) return null
        asked.add(name)
        return { path: name, namespace: 'core' }
      })
      onLoad({ filter: /.*/, namespace: 'core' }, ({ path }) => taken(CORE, path))
    },
  }
}

const taken = (text: string, name: string) => ({
  contents: `module.exports = require(${JSON.stringify(text)}).modules[${JSON.stringify(name)}]()`,
  loader: 'js' as const,
})
