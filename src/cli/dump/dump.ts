import { join } from 'node:path'
import type { Environment } from '../../env/index.ts'
import { nodeEnvironment } from '../../env/node/index.ts'
import { silentLogger } from '../../env/silent-logger.ts'
import { createLogContext } from '../../log/create-log-context.ts'
import { Output } from '../output.ts'
import type { Depth } from './dump-batches.ts'
import { dumpOf } from './dump-file.ts'
import { type Row, TextTables } from './rows.ts'

export interface DumpOptions {
  readonly deep?: boolean
  readonly records?: boolean
  readonly json?: boolean
}

const ExitCode = { SOUND: 0, DAMAGED: 1, UNUSABLE: 2 } as const

/** `samsa log dump`. Resolves to the exit code. */
export async function dump(paths: readonly string[], options: DumpOptions): Promise<number> {
  const environment = nodeEnvironment()
  const output = new Output()
  const printer = options.json ? jsonPrinter(output) : textPrinter(output)
  let exitCode: number = ExitCode.SOUND
  for (const path of paths) exitCode = Math.max(exitCode, await dumpPath(environment, path, options, printer))
  await output.flush()
  return exitCode
}

interface Printer {
  file(path: string): Promise<void> | null
  row(path: string, row: Row): Promise<void> | null
  /** There was nothing in the file. */
  empty(): Promise<void> | null
}

function jsonPrinter(output: Output): Printer {
  return { file: () => null, row: (path, row) => output.json({ file: path, ...row }), empty: () => null }
}

function textPrinter(output: Output): Printer {
  const tables = new TextTables()
  let isFirst = true
  return {
    file(path) {
      tables.reset()
      const line = isFirst ? path : `\n${path}`
      isFirst = false
      return output.line(line)
    },
    row: (_, row) => output.line(tables.lines(row).join('\n')),
    empty: () => output.line('  empty'),
  }
}

async function dumpPath(
  environment: Environment,
  path: string,
  options: DumpOptions,
  printer: Printer,
): Promise<number> {
  const context = createLogContext(environment, silentLogger())
  const depth: Depth = options.records ? 'records' : options.deep ? 'deep' : 'batches'
  const files = await filesBelow(environment, path)
  if (files === null) return complain(`There is no ${path}.`)
  const known = files.flatMap((file) => dumpOf(file, depth) ?? []).length
  if (known === 0) return complain(`${path} is none of Kafka's files, and has none of them in it.`)
  let exitCode: number = ExitCode.SOUND
  for (const file of files) {
    const dumpFile = dumpOf(file, depth)
    if (dumpFile === null) continue
    let rows = 0
    await printer.file(file)
    await dumpFile(context, file, (row) => {
      rows++
      if (row.type === 'damage') exitCode = ExitCode.DAMAGED
      return printer.row(file, row)
    })
    if (rows === 0) await printer.empty()
    context.openFiles.forget(file)
  }
  await context.openFiles.closeAll()
  return exitCode
}

/** One sentence for a person, and the exit code that goes with it. */
function complain(sentence: string): number {
  process.stderr.write(`samsa: ${sentence}\n`)
  return ExitCode.UNUSABLE
}

/** The path itself, or every file below it, in the order of their names; null when there is nothing. */
async function filesBelow(environment: Environment, path: string): Promise<string[] | null> {
  const stat = await environment.files.stat(path)
  if (stat === null) return null
  if (!stat.isDirectory) return [path]
  const names = (await environment.files.readDirectory(path)).sort()
  const below = await Promise.all(names.map((name) => filesBelow(environment, join(path, name))))
  return below.flatMap((files) => files ?? [])
}
