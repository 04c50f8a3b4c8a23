import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { installDebianPackages } from './debian.ts'
import type { Lookup, Tool } from './lookup.ts'
import { capture, lastWords, missing, once, onPath, present } from './lookup.ts'

const leastJavaVersion = 17
const debianHomes = '/usr/lib/jvm'

/** `java` of a JDK; its compiler is the `javac` beside it. */
export interface Jdk extends Tool {
  javac: string
}

/** A JDK from JAVA_HOME or PATH, else installed from Debian's packages where we are root. */
export const jdk = once(async (): Promise<Lookup<Jdk>> => {
  const here = await findJdk()
  if (here) return present(here)
  try {
    await installDebianPackages(['openjdk-17-jdk-headless'])
  } catch (error) {
    return missing(
      `no JDK ${leastJavaVersion} or later in JAVA_HOME or on PATH (${lastWords(error)}); install one, e.g. openjdk-17-jdk-headless`,
    )
  }
  const installed = await findJdk()
  return installed ? present(installed) : missing('a JDK was installed but does not start')
})

async function findJdk(): Promise<Jdk | null> {
  for (const bin of await candidateDirectories()) {
    const path = join(bin, 'java')
    const javac = join(bin, 'javac')
    if (!existsSync(path) || !existsSync(javac)) continue
    const version = await javaVersion(path)
    if (version && Number.parseInt(version, 10) >= leastJavaVersion) return { path, javac, version, env: {} }
  }
  return null
}

async function candidateDirectories(): Promise<string[]> {
  const directories: string[] = []
  if (process.env.JAVA_HOME) directories.push(join(process.env.JAVA_HOME, 'bin'))
  const java = onPath('java')
  if (java) directories.push(join(java, '..'))
  if (existsSync(debianHomes)) {
    for (const home of (await readdir(debianHomes)).sort().reverse()) directories.push(join(debianHomes, home, 'bin'))
  }
  return directories
}

async function javaVersion(path: string): Promise<string | null> {
  try {
    const { stderr } = await capture(path, ['-version'])
    return /version "([^"]+)"/.exec(stderr)?.[1] ?? null
  } catch {
    return null
  }
}
