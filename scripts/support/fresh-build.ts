import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const MADE_FROM = ['src', 'protocol', 'ui', 'scripts/build.ts', 'scripts/support/bundle.ts', 'package.json']

/** The command of the package in dist/; null where there is none, or one that older sources made. */
export function freshBuild(): string | null {
  const command = join(root, 'dist/bin/samsa.js')
  if (!existsSync(command)) return null
  const builtAtMs = statSync(command).mtimeMs
  return MADE_FROM.every((path) => newestMs(join(root, path)) < builtAtMs) ? command : null
}

function newestMs(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  const below = readdirSync(path, { recursive: true }) as string[]
  return Math.max(...below.map((name) => statSync(join(path, name)).mtimeMs))
}
