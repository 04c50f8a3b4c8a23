import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installDebianPackages } from './debian.ts'
import type { Jdk } from './java.ts'
import { jdk } from './java.ts'
import type { Lookup } from './lookup.ts'
import { cacheDirectory, capture, lastWords, missing, onPath, present } from './lookup.ts'

/** Jars that a program in Java needs, and the JDK to run it with. */
export interface JavaLibraries {
  version: string
  jdk: Jdk
  /** Directory with the jars. */
  libraries: string
  classPath: string
}

/**
 * The jars that a pom names, fetched once into `name`-`version` of the cache. `define` are properties for Maven; the
 * version is that of the property `versionProperty`, given or in the pom.
 */
export async function mavenLibraries(
  name: string,
  pomPath: string,
  versionProperty: string,
  define: Readonly<Record<string, string>> = {},
): Promise<Lookup<JavaLibraries>> {
  const java = await jdk()
  if (!java.ok) return java
  const pom = await readFile(pomPath, 'utf8')
  const version = define[versionProperty] ?? new RegExp(`<${versionProperty}>([^<]+)<`).exec(pom)?.[1] ?? ''
  const home = join(cacheDirectory, `${name}-${version}`)
  const defines = Object.entries(define).map(([property, value]) => `-D${property}=${value}`)
  const digest = createHash('sha256')
    .update([pom, ...defines].join(''))
    .digest('hex')
  try {
    await fetchJars(home, pomPath, defines, digest)
  } catch (error) {
    return missing(`${name} ${version} could not be fetched (${lastWords(error)}); it takes Maven 3 on PATH`)
  }
  const libraries = join(home, 'libs')
  return present({ version, jdk: java.tool, libraries, classPath: join(libraries, '*') })
}

/** The digest beside the jars says that they are complete and of this pom. */
async function fetchJars(home: string, pomPath: string, defines: readonly string[], digest: string): Promise<void> {
  const stamp = join(home, 'pom.sha256')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return
  if (!onPath('mvn')) await installDebianPackages(['maven'])
  await mkdir(home, { recursive: true })
  const fresh = await mkdtemp(join(home, 'fetch-'))
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}/libs`]
    await capture('mvn', ['-q', '-B', '-f', pomPath, ...defines, ...goal])
    await rm(join(home, 'libs'), { recursive: true, force: true })
    await rename(join(fresh, 'libs'), join(home, 'libs'))
    await writeFile(stamp, digest)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
