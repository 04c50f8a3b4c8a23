/**
 * Runs the bundle of the package, samsa.cjs beside this file's own bundle, from V8's code cache: a start that compiles
 * nothing takes half the time. Each part (the broker, the other commands, the broker in a program) has a cache of what it
 * needed, which is replaced as a whole or not at all:
 *
 *   absent   → compiled as ever; the cache is written once the part says that it is ready, or ends
 *   accepted → whatever the run that wrote it had compiled is there
 *   rejected → another V8, other flags, or a damaged file: as if absent
 *
 * A cache is named by the bundle's digest, of which V8 itself compares no more than the length. It lies beside the code,
 * since whoever may write there may change the code too, or else in the user's own cache folder. Whatever fails costs
 * time and nothing else. NODE_DISABLE_COMPILE_CACHE=1 does without, as it does for Node's own.
 */
import { subscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import { cacheFolder } from './cache-folder.ts'
import { READY } from './ready.ts'

/** The entries of the bundle; each loads its modules when it is called. */
interface Bundle {
  command(): void
  embedded(): object
}

type Part = 'broker' | 'commands' | 'embedded'

/** The digest of samsa.cjs, entered by the build. */
declare const BUNDLE_DIGEST: string

const FILE = path.join(__dirname, 'samsa.cjs')
/** Clients are answered first. */
const AFTER_READY_MS = 250

/** The part of which the words of a command line are: the broker has no name. */
export function command([word = '-']: readonly string[]): void {
  bundle(word.startsWith('-') ? 'broker' : 'commands').command()
}

export function embedded(): object {
  return bundle('embedded').embedded()
}

function bundle(part: Part): Bundle {
  return isPlainNode() ? withCache(part) : require('./samsa.cjs')
}

/** Tools that give each test a world of its own, and those that measure coverage, have to see the code compiled. */
function isPlainNode(): boolean {
  const { NODE_DISABLE_COMPILE_CACHE, NODE_V8_COVERAGE } = process.env
  return !NODE_DISABLE_COMPILE_CACHE && !NODE_V8_COVERAGE && vm.runInThisContext('Array') === Array
}

function withCache(part: Part): Bundle {
  const name = `${BUNDLE_DIGEST}-${process.version}-${process.arch}-${part}`
  const cachedData = readCache(name)
  // The bundle is ASCII: so it takes a byte a letter in memory, too.
  const source = `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(FILE, 'latin1')}\n})`
  const script = new vm.Script(source, { filename: FILE, cachedData })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, FILE, __dirname)
  if (cachedData === undefined || script.cachedDataRejected) writeWhenReady(part, name, script)
  return module.exports as Bundle
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

/** At the exit the cache comes first: whoever has the code in a temporary folder removes it then, and the cache with it. */
function writeWhenReady(part: Part, name: string, script: vm.Script): void {
  let isWritten = false
  const write = () => {
    for (const folder of folders()) isWritten ||= writeCache(folder, name, script)
    isWritten = true
  }
  if (part === 'commands') process.prependOnceListener('exit', write)
  else
    subscribe(READY, () => {
      if (isWritten) return
      process.prependOnceListener('exit', () => isWritten || write())
      setTimeout(() => isWritten || write(), AFTER_READY_MS).unref()
    })
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
