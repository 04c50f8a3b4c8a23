/**
 * Runs the bundle of the package, the texts beside this file's own bundle (`scripts/support/bundle.ts` says what they hold),
 * from V8's code cache: a start that compiles nothing takes half the time. Each part (the broker, the other commands, the broker in a program) has
 * caches of what it needed of each text, which are replaced as a whole or not at all:
 *
 *   absent   → compiled as ever; the cache is written once the part says that it is ready, or ends
 *   accepted → whatever the run that wrote it had compiled is there
 *   rejected → another V8, other flags, or a damaged file: as if absent
 *
 * A cache is named by the bundle's digest, of which V8 itself compares no more than the length. It lies beside the code,
 * since whoever may write there may change the code too, or else in the user's own cache folder. Whatever fails costs
 * time and nothing else. NODE_DISABLE_COMPILE_CACHE=1 does without, as it does for Node's own.
 *
 * A broker reads the other texts when a client first asks for something of them, which may be days after its start. It opens
 * the files at the start: those that it then reads are of the same build, whatever has been installed in their place meanwhile.
 */
import { subscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import { cacheFolder } from './cache-folder.ts'
import { READY } from './ready.ts'

/** The entries of the core and of the rest; each loads its modules when it is called. */
interface Core {
  command(): void
}
interface Rest {
  embedded(): object
}

type Part = 'broker' | 'commands' | 'embedded'

/** The files of all texts, and their digest, with which each of them begins; entered by the build. */
declare const BUNDLE_TEXTS: readonly string[]
declare const BUNDLE_DIGEST: string

const CORE = './samsa.cjs'
const REST = './rest.cjs'
/** Clients are answered first. */
const AFTER_READY_MS = 250

/** The part of which the words of a command line are: the broker has no name. */
export function command([word = '-']: readonly string[]): void {
  const core: Core = load(word.startsWith('-') ? 'broker' : 'commands', CORE)
  core.command()
}

export function embedded(): object {
  const rest: Rest = load('embedded', REST)
  return rest.embedded()
}

function load<Exports>(part: Part, text: string): Exports {
  return (isPlainNode() ? new CachedTexts(part).load(text) : require(text)) as Exports
}

/** Tools that give each test a world of its own, and those that measure coverage, have to see the code compiled. */
function isPlainNode(): boolean {
  const { NODE_DISABLE_COMPILE_CACHE, NODE_V8_COVERAGE } = process.env
  return !NODE_DISABLE_COMPILE_CACHE && !NODE_V8_COVERAGE && vm.runInThisContext('Array') === Array
}

/** The texts that a part runs. */
class CachedTexts {
  readonly #part: Part
  /** Descriptors of those that nobody has read yet. */
  readonly #files = new Map(BUNDLE_TEXTS.map((text) => [text, openText(text)]))
  readonly #modules = new Map<string, { exports: object }>()
  /** Scripts whose code is to be written, by the names of their caches. */
  readonly #uncached = new Map<string, vm.Script>()

  constructor(part: Part) {
    this.#part = part
  }

  load(text: string): object {
    const loaded = this.#modules.get(text)
    if (loaded !== undefined) return loaded.exports
    const module = { exports: {} }
    this.#modules.set(text, module)
    const file = path.join(__dirname, text)
    const script = this.#compiled(text, file)
    const requireText = (id: string) => (BUNDLE_TEXTS.includes(id) ? this.load(id) : require(id))
    script.runInThisContext()(module.exports, requireText, module, file, __dirname)
    return module.exports
  }

  #compiled(text: string, file: string): vm.Script {
    const name = `${BUNDLE_DIGEST}-${process.version}-${process.arch}-${this.#part}-${path.basename(text, '.cjs')}`
    const cachedData = readCache(name)
    const script = new vm.Script(sourceOf(this.#files.get(text) ?? openText(text), file), {
      filename: file,
      cachedData,
    })
    if (cachedData !== undefined && !script.cachedDataRejected) return script
    if (this.#uncached.size === 0) whenReady(this.#part, () => this.#writeCaches())
    this.#uncached.set(name, script)
    return script
  }

  #writeCaches(): void {
    for (const [name, script] of this.#uncached) folders().some((folder) => writeCache(folder, name, script))
    this.#uncached.clear()
  }
}

function openText(text: string): number {
  return fs.openSync(path.join(__dirname, text), 'r')
}

const HEAD = '(function(exports,require,module,__filename,__dirname){'
const TAIL = '\n})'

/** The text as a function. It is ASCII, and so takes a byte a letter in memory, too; what is joined here is one string. */
function sourceOf(descriptor: number, file: string): string {
  const { size } = fs.fstatSync(descriptor)
  const bytes = Buffer.allocUnsafeSlow(HEAD.length + size + TAIL.length)
  bytes.write(HEAD, 'latin1')
  bytes.write(TAIL, HEAD.length + size, 'latin1')
  for (let at = 0; at < size; ) {
    const count = fs.readSync(descriptor, bytes, HEAD.length + at, size - at, at)
    if (count === 0) break
    at += count
  }
  fs.closeSync(descriptor)
  const digest = `/*${BUNDLE_DIGEST}*/`
  if (bytes.toString('latin1', HEAD.length, HEAD.length + digest.length) !== digest)
    throw new Error(`${file} is of another build than this process: start it again.`)
  return bytes.toString('latin1')
}

function folders(): string[] {
  const user = cacheFolder()
  return [path.join(__dirname, '.code-cache'), ...(user === null ? [] : [user])]
}

function readCache(name: string): Buffer | undefined {
  for (const folder of folders()) {
    try {
      return fs.readFileSync(path.join(folder, name))
    } catch {
      // It is not there.
    }
  }
  return undefined
}

/** At the exit caches come first: whoever has the code in a temporary folder removes it then, and the caches with it. */
function whenReady(part: Part, write: () => void): void {
  process.prependOnceListener('exit', write)
  if (part === 'commands') return
  subscribe(READY, () => setTimeout(write, AFTER_READY_MS).unref())
}

/** Only a whole file is ever seen under the name: the machine may go down, and other processes may start, at any time. */
function writeCache(folder: string, name: string, script: vm.Script): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true })
    const unfinished = path.join(folder, `${name}.${process.pid}`)
    try {
      writeDurably(unfinished, script.createCachedData())
      fs.renameSync(unfinished, path.join(folder, name))
    } finally {
      fs.rmSync(unfinished, { force: true })
    }
    return true
  } catch {
    return false
  }
}

function writeDurably(path: string, data: Buffer): void {
  const file = fs.openSync(path, 'w')
  try {
    fs.writeFileSync(file, data)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}
