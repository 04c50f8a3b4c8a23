import { readdirSync, readFileSync } from 'node:fs'

export interface Source {
  /** From the root of the project, with '/'. */
  path: string
  text: string
}

/** Every TypeScript file below the folders that exist, in a fixed order. */
export function readSources(folders: readonly string[]): Source[] {
  const sources: Source[] = []
  for (const folder of folders) {
    for (const entry of listed(folder)) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
      const path = `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/')
      if (path.includes('/node_modules/')) continue
      sources.push({ path, text: readFileSync(path, 'utf8') })
    }
  }
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function listed(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
  } catch {
    return []
  }
}

/** Prints each finding as a sentence and ends the process; `what` says what was checked. */
export function finish(findings: readonly string[], what: string): never {
  for (const finding of findings) console.error(finding)
  console.log(findings.length === 0 ? `${what}: fine` : `${what}: ${findings.length} to mend`)
  process.exit(findings.length === 0 ? 0 : 1)
}
