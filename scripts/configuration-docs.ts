/** Writes docs/configuration.md from the table of what each configuration key does, and from the tests that prove it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentOf } from '../proof/configuration/document.ts'

const folder = join(import.meta.dirname, '../docs')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'configuration.md'), documentOf())
