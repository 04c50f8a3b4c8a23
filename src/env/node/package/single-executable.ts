/**
 * The main script of the one-file executable. It holds the files of the package, native modules among them, which can only
 * be loaded from a disk: the first start of a build unpacks them into the user's cache folder, under the digest of all of
 * them; later starts find them there. A folder under its final name is complete and on the disk, for it is renamed only
 * then; two first starts at once both unpack, and the second one takes what the first one made. Where there is no such
 * folder, or it cannot be written, the files live in a temporary one as long as the process.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { getAsset, getRawAsset } from 'node:sea'
import { cacheFolder } from './cache-folder.ts'
import { MANIFEST, type Manifest } from './manifest.ts'

function packageFolder(): string {
  const manifest: Manifest = JSON.parse(getAsset(MANIFEST, 'utf8'))
  const cache = cacheFolder()
  if (cache !== null) {
    const target = path.join(cache, `executable-${manifest.digest}`)
    if (fs.existsSync(target) || unpackOnce(manifest, target)) return target
  }
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'samsa-'))
  process.on('exit', () => fs.rmSync(temporary, { recursive: true, force: true }))
  unpack(manifest, temporary)
  return temporary
}

/** false: it cannot be written. */
function unpackOnce(manifest: Manifest, target: string): boolean {
  const unfinished = `${target}.${process.pid}`
  try {
    unpack(manifest, unfinished)
    fs.renameSync(unfinished, target)
    return true
  } catch {
    fs.rmSync(unfinished, { recursive: true, force: true })
    return fs.existsSync(target)
  }
}

function unpack({ files }: Manifest, folder: string): void {
  for (const name of files) {
    const place = path.join(folder, name)
    fs.mkdirSync(path.dirname(place), { recursive: true })
    const file = fs.openSync(place, 'w', 0o644)
    try {
      fs.writeFileSync(file, new Uint8Array(getRawAsset(name) as ArrayBuffer))
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
  }
}

const main = path.join(packageFolder(), 'dist/load.cjs')
const { command }: typeof import('./load-bundle.ts') = createRequire(main)(main)
command(process.argv.slice(2))
