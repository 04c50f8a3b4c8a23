/**
 * Keeps the names in ARCHITECTURE.md true. A code span, or a word of a drawing, that looks like a path of the source
 * (`src/log/read/log-reader.ts`, `server/frame-reader`, `runtime/`) must lead to a file or a folder: from the root, from
 * src/, from protocol/, or as the end of exactly one path. Every row of the table "Where is …?" must give one file, and the name that the row puts behind
 * it must stand in that file.
 */
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { finish, readSources } from './support/sources.ts'

const DOCUMENT = 'ARCHITECTURE.md'
const ROOTS = ['', 'src/', 'protocol/']
/** A path has a slash, or the suffix of a source file. Commands, globs and names of Kafka's own files have neither. */
const PATH = /^(?=.*(?:\/|\.ts$))[\w.-]+(?:\/[\w.-]+)*\/?$/

const text = readFileSync(DOCUMENT, 'utf8')
const sources = readSources(['src', 'protocol', 'proof', 'scripts', 'test', 'compat-tests'])
const folders = new Set(sources.flatMap(({ path }) => foldersOf(path)))
const firstNames = new Set(
  [...folders].filter((folder) => folder.startsWith('src/')).map((folder) => folder.split('/')[1]),
)
for (const name of ['src', 'protocol', 'proof', 'scripts', 'test', 'compat-tests']) firstNames.add(name)
const findings: string[] = []

function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

/** The one file or folder that `name` leads to; null when there is none, or more than one. */
function resolve(name: string): string | null {
  const wanted = name.replace(/\/$/, '')
  for (const root of ROOTS) {
    for (const path of [`${root}${wanted}`, `${root}${wanted}.ts`]) if (existsSync(path)) return path
  }
  const ends = [`/${wanted}`, `/${wanted}.ts`]
  const found = [...sources.map(({ path }) => path), ...folders].filter((path) =>
    ends.some((end) => path.endsWith(end)),
  )
  return found.length === 1 ? found.join() : null
}

/** Whether the span speaks of the source at all: `text/plain` and `__consumer_offsets-0/x` do not. */
function speaksOfSource(span: string): boolean {
  if (!PATH.test(span)) return false
  return span.endsWith('.ts') || firstNames.has(span.split('/', 1).join())
}

const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span)
const drawings = [...text.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, drawing]) => drawing)
/** In a drawing every word with a slash stands for a file. */
const drawn = drawings.flatMap((drawing) => drawing.match(/(?<![\w/.-])[a-z-]+(?:\/[a-z-]+)+(?![\w/])/g) ?? [])
for (const span of [...spans, ...drawn]) {
  if (span !== undefined && speaksOfSource(span) && resolve(span) === null) {
    findings.push(`${DOCUMENT} names ${span}, which is no file or folder, or more than one: correct the name.`)
  }
}

const table = /^## Where is …\?\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text)?.[1] ?? ''
const rows = table.split('\n').filter((line) => /^\| (?!---|question)/.test(line))
if (rows.length < 20)
  findings.push(`${DOCUMENT} answers ${rows.length} questions under "Where is …?": 20 are promised.`)
for (const row of rows) {
  const [, question = '', answer = ''] = row.split('|').map((cell) => cell.trim())
  const named = [...answer.matchAll(/`([^`]+)`/g)].map(([, span]) => span)
  const [path, name] = named
  if (path === undefined || named.length > 2 || !path.endsWith('.ts') || !existsSync(path)) {
    findings.push(`"${question}" is answered by ${answer || 'nothing'}: give one file, from the root of the project.`)
  } else if (name !== undefined && !readFileSync(path, 'utf8').includes(name)) {
    findings.push(`"${question}" is answered by ${name} in ${posix.basename(path)}, where that name does not stand.`)
  }
}
finish(findings, 'architecture')
