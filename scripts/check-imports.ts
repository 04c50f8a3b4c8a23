/**
 * The direction of imports, circles of files, the purity of the parts (ARCHITECTURE.md), and the one place of casts. Reads
 * the source as text: an import is where Biome's formatter puts it, and names are looked for outside comments and strings.
 */
import { posix } from 'node:path'
import { circlesOf } from './support/circles.ts'
import { finish, readSources, type Source } from './support/sources.ts'

/**
 * From the top down. A part may import from its own layer and from those below; two parts of a layer in one direction
 * only.
 */
const LAYERS = [
  ['cli', 'index'],
  ['cluster'],
  ['control', 'proxy'],
  ['testing'],
  ['broker'],
  ['web'],
  ['server'],
  ['dispatch'],
  ['api'],
  ['share'],
  ['controller', 'coordinator'],
  ['replication'],
  ['log', 'metadata', 'registry', 'security', 'client', 'telemetry'],
  ['metrics', 'patterns', 'protocol', 'config', 'env'],
]
const LAYER_OF = new Map(LAYERS.flatMap((parts, layer) => parts.map((part) => [part, layer])))

/** The contract that dispatch and the handlers share: handlers may import it, though it lies above them. */
const SHARED_CONTRACT = new Set([
  'src/dispatch/handler.ts',
  'src/dispatch/outcome.ts',
  'src/dispatch/access.ts',
  'src/dispatch/peer.ts',
])

/** The modules and names that touch the machine. */
const MACHINE_MODULES =
  /^node:(fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|os|child_process|cluster|worker_threads|timers|timers\/promises|perf_hooks|readline|inspector)$/
const MACHINE_NAMES =
  /\b(Date\.now|new Date\(\s*\)|performance\.|setTimeout|setInterval|setImmediate|Math\.random|process\.(?:hrtime|nextTick|uptime|stdout|stderr|stdin|exit|on)\b|random(?:Bytes|Int|UUID|FillSync)\b)/
const MACHINE_ALLOWED = ['src/env/node/', 'src/cli/']
const NODE_ENVIRONMENT_USERS = ['src/env/node/', 'src/cli/', 'src/index.ts']

/** Rooms of pure state machines: an operation is a function of (state, request, now). */
const PURE =
  /^src\/(coordinator\/(group|transaction|share)|share\/partition|registry\/(?:state|operations)|controller\/commands)\//
/** Commands of the controller get everything as values: even a clock or a source of chance would be a second input. */
const COMMANDS = 'src/controller/commands/'
const NOT_FOR_COMMANDS = ['src/env/', 'src/log/', 'src/controller/local/']
/**
 * The vocabulary that state machines share with the runtime that carries them; the rest of it waits, and is not for
 * them.
 */
const RUNTIME = 'src/coordinator/runtime/'
const RUNTIME_VOCABULARY = new Set(['effects.ts', 'shard.ts', 'timeline.ts', 'client-error.ts'])
/** Hands out ids from blocks that the controller allocates; there is no state machine in it. */
const NOT_A_STATE_MACHINE = new Set(['src/coordinator/transaction/producer-ids.ts'])
/** Kinds of groups are asked through their face (`group/group-kind.ts`), not by name. */
const KIND_ROOMS = /^src\/coordinator\/group\/(classic|consumer|share|streams)\//
const ASKS_KIND = /\btype\s*[!=]==\s*'(classic|consumer|share|streams)'/
const WAITING = /\b(await|async|Promise)\b/

/** The folders beside the source, each with those that its files may import from: tests are imported by nobody. */
const BESIDE = new Map([
  ['proof', ['proof', 'src', 'protocol']],
  ['scripts', ['scripts', 'proof', 'compat-tests', 'ui', 'src', 'protocol']],
  ['ui', ['ui', 'src', 'protocol']],
  ['compat-tests', ['compat-tests', 'scripts', 'proof', 'src', 'protocol']],
])
/** The only file that gives a value a type which the compiler can neither prove nor refute. */
const CASTS_ALLOWED = 'protocol/unchecked.ts'
const CAST = /\bas unknown as\b/

function importsOf(text: string): string[] {
  const statement = /^\s*(?:import|export)\s+(?:[^'"`;()]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
  const call = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
  return [...text.matchAll(statement), ...text.matchAll(call)].map(([, from]) => from)
}

function withoutCommentsAndStrings(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g
  return text.replace(token, (match) => match.replace(/[^\n]/g, ' '))
}

/** The part a file belongs to: `protocol`, or the first name below src/. */
function partOf(path: string): string {
  if (path.startsWith('protocol/')) return 'protocol'
  return path.split('/')[1].replace(/\.ts$/, '')
}

const sources = readSources(['src', 'protocol'])
const findings: string[] = []
/** "log->metadata" to the first file that does it. */
const sidewards = new Map<string, string>()

function checkImport(path: string, from: string): void {
  if (!from.startsWith('.')) {
    if (MACHINE_MODULES.test(from) && !startsWithAny(path, MACHINE_ALLOWED)) {
      findings.push(`${path} imports ${from}: only src/env/node/ may, take what you need from the Environment.`)
    }
    return
  }
  const target = posix.join(posix.dirname(path), from)
  if (!from.endsWith('.ts')) findings.push(`${path} imports ${from}: write the file's name with .ts.`)
  if (target.startsWith('src/env/node/') && !startsWithAny(path, NODE_ENVIRONMENT_USERS)) {
    findings.push(`${path} imports ${target}: only the composition root and cli/ choose the environment.`)
  }
  if (target.startsWith(RUNTIME) && PURE.test(path) && !RUNTIME_VOCABULARY.has(target.slice(RUNTIME.length))) {
    findings.push(`${path} imports ${target}: a state machine knows effects, shard and timeline of the runtime alone.`)
  }
  if (path.startsWith(RUNTIME) && target.startsWith('src/coordinator/') && !target.startsWith(RUNTIME)) {
    findings.push(`${path} imports ${target}: the runtime knows no kind of coordinator.`)
  }
  if (path.startsWith(COMMANDS) && startsWithAny(target, NOT_FOR_COMMANDS)) {
    findings.push(`${path} imports ${target}: a command is a function of (state, request, context) alone.`)
  }
  checkDirection(path, target)
}

function checkDirection(path: string, target: string): void {
  const [own, other] = [partOf(path), partOf(target)]
  const [ownLayer, otherLayer] = [LAYER_OF.get(own), LAYER_OF.get(other)]
  if (own === other || otherLayer === undefined || ownLayer === undefined) return
  if (own === 'protocol') findings.push(`${path} imports ${target}: protocol/ stands alone.`)
  else if (SHARED_CONTRACT.has(target) && own === 'api') return
  else if (otherLayer < ownLayer) {
    findings.push(`${path} imports ${target}, which is up: ${own} lies below ${other}.`)
  } else if (otherLayer === ownLayer) {
    const back = sidewards.get(`${other}->${own}`)
    if (back) findings.push(`${path} imports ${target} while ${back} imports from ${own}: one direction only.`)
    if (!sidewards.has(`${own}->${other}`)) sidewards.set(`${own}->${other}`, path)
  }
}

function checkNames({ path, text }: Source): void {
  const lines = withoutCommentsAndStrings(text).split('\n')
  lines.forEach((line, index) => {
    const machine = MACHINE_NAMES.exec(line)?.[1]
    if (machine && !startsWithAny(path, MACHINE_ALLOWED)) {
      findings.push(`${path}:${index + 1} uses ${machine}: time, chance and the process come from the Environment.`)
    }
    const waiting = PURE.test(path) && !NOT_A_STATE_MACHINE.has(path) && WAITING.exec(line)?.[1]
    if (waiting) findings.push(`${path}:${index + 1} uses ${waiting}: state machines are pure, others wait for them.`)
  })
}

function checkFolder({ path, text }: Source): void {
  const allowed = BESIDE.get(folderOf(path))
  if (allowed === undefined) return
  for (const from of importsOf(text)) {
    const target = posix.join(posix.dirname(path), from)
    if (!from.startsWith('.') || !target.endsWith('.ts') || allowed.includes(folderOf(target))) continue
    findings.push(`${path} imports ${target}: what tests and commands share stands in proof/.`)
  }
}

/** An import of types alone counts too: two files that need each other's types cannot be read one after the other. */
function checkCircles(files: readonly Source[]): void {
  const imports = new Map(
    files.map(({ path, text }) => {
      const own = importsOf(text).filter((from) => from.startsWith('.'))
      return [path, own.map((from) => posix.join(posix.dirname(path), from))]
    }),
  )
  for (const circle of circlesOf(imports)) {
    findings.push(
      `${circle.join(' -> ')}: a circle of imports. Move what both sides need, types included, to a file that imports neither.`,
    )
  }
}

function checkCasts({ path, text }: Source): void {
  if (path === CASTS_ALLOWED) return
  const lines = withoutCommentsAndStrings(text).split('\n')
  lines.forEach((line, index) => {
    if (CAST.test(line))
      findings.push(`${path}:${index + 1} casts by way of unknown: call unchecked() of ${CASTS_ALLOWED}.`)
  })
}

const folderOf = (path: string): string => path.split('/', 1).join()

function startsWithAny(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix))
}

for (const source of sources) {
  const part = partOf(source.path)
  if (!LAYER_OF.has(part)) findings.push(`${source.path}: src/${part} has no place among the layers of this check.`)
  for (const each of importsOf(source.text)) checkImport(source.path, each)
  if (source.path.startsWith('src/coordinator/') && !KIND_ROOMS.test(source.path) && ASKS_KIND.test(source.text)) {
    findings.push(`${source.path} asks what kind a group is: let the kind answer (group/group-kind.ts).`)
  }
  checkNames(source)
}
const beside = readSources([...BESIDE.keys()])
const tests = readSources(['test'])
checkCircles([...sources, ...beside, ...tests])
for (const source of beside) checkFolder(source)
for (const source of [...sources, ...beside, ...tests]) checkCasts(source)
finish(findings, 'imports')
