/**
 * The size ratchet. Handlers stay under 200 lines, other source under 500, functions under 70. What is longer is named
 * in size-exceptions.json with its length: `"src/log/log.ts": 612`, `"src/log/log.ts#append": 81`. A number there may
 * only go down, and an entry that is no longer needed must go, so the list can only shrink.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { finish, readSources, type Source } from './support/sources.ts'

const FOLDERS = ['src', 'protocol', 'proof', 'scripts']
const FILE_LINES = 500
const HANDLER_LINES = 200
/** Also in biome.json, whose linter does the counting (comments are free). */
const FUNCTION_LINES = 70

interface Measured {
  name: string
  lines: number
  limit: number
}

function measureFiles(sources: readonly Source[]): Measured[] {
  return sources.map(({ path, text }) => {
    const isHandler = /^src\/api\/[^/]+\.ts$/.test(path)
    return { name: path, lines: text.split('\n').length - 1, limit: isHandler ? HANDLER_LINES : FILE_LINES }
  })
}

interface Diagnostic {
  message: string
  location: { path: string; start: { line: number } }
}

function measureFunctions(sources: readonly Source[]): Measured[] {
  const rule = 'complexity/noExcessiveLinesPerFunction'
  const folders = FOLDERS.filter((folder) => sources.some(({ path }) => path.startsWith(`${folder}/`)))
  const output = execFileSync(
    'node_modules/.bin/biome',
    ['lint', `--only=${rule}`, '--reporter=json', '--max-diagnostics=none', ...folders],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 },
  )
  const { diagnostics } = JSON.parse(output) as { diagnostics: Diagnostic[] }
  const texts = new Map(sources.map(({ path, text }) => [path, text]))
  return diagnostics.map(({ message, location: { path, start } }) => ({
    name: `${path}#${functionName(texts.get(path)?.split('\n')[start.line - 1] ?? '')}`,
    lines: Number(/\((\d+)\)/.exec(message)?.[1]),
    limit: FUNCTION_LINES,
  }))
}

/** The name before the first parenthesis or assignment; an anonymous one is known by its whole first line. */
function functionName(line: string): string {
  const name = /(?:function\*?\s+|(?:const|let)\s+)?([#\w$]+)\s*(?:<[^(]*>)?(?:\(|=|:)/.exec(line)?.[1]
  return name ?? line.trim()
}

function judge(measured: readonly Measured[], exceptions: Record<string, number>): string[] {
  const findings: string[] = []
  const needed = new Set<string>()
  for (const { name, lines, limit } of measured) {
    if (lines <= limit) continue
    needed.add(name)
    const allowed = exceptions[name]
    if (allowed === undefined) findings.push(`${name} has ${lines} lines, ${limit} are allowed: split it.`)
    else if (lines > allowed) findings.push(`${name} has grown from ${allowed} to ${lines} lines: split it.`)
    else if (lines < allowed) findings.push(`${name} has shrunk to ${lines} lines: lower its number in ${LIST}.`)
  }
  for (const name of Object.keys(exceptions)) {
    if (!needed.has(name)) findings.push(`${name} needs no exception any more: remove it from ${LIST}.`)
  }
  return findings
}

const LIST = 'scripts/size-exceptions.json'
const sources = readSources(FOLDERS)
const exceptions = JSON.parse(readFileSync(LIST, 'utf8')) as Record<string, number>
finish(judge([...measureFiles(sources), ...measureFunctions(sources)], exceptions), 'sizes')
